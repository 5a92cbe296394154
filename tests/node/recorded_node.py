#!/usr/bin/env python3
"""Answers as a real node answered (V3, E1 or HEAD): JSON-RPC over HTTP and WebSocket at /json_rpc, on loopback, from a folder of recordings.

usage: recorded_node.py FOLDER [--port 18080] [--parallel] [--start N] [--pace MS] [--drop-ws-every N] [--slow MS] [--fail-every N]

The chain is at topoheight --start when it begins (default: the end) and then grows by one step every --pace ms, with the node's events. A step is one
block; for a set with a recorded follower (v3/live, head/mixed) it is one of its looks, so forks appear as they did. --parallel answers as the node that ran its parallel
executor (set "pair"; balances and nonces only as of the top). What was not recorded is answered with error -32004 "not recorded", never guessed.
--slow, --fail-every and --drop-ws-every make the bad days. `stop` on POST /control ends it; GET /control tells the step.
Needs Python 3.9 and the zstd program; no packages."""
import argparse, base64, hashlib, http.server, json, os, socket, struct, subprocess, sys, threading, time

LEGACY = {'get_info', 'get_topoheight', 'get_top_block', 'get_tips'}
NATIVE = '0' * 64

def lines(folder, name):
    path = os.path.join(folder, name + '.jsonl.zst')
    if not os.path.exists(path): return []
    text = subprocess.run(['zstd', '-dcq', path], stdout=subprocess.PIPE, check=True).stdout.decode()
    return [json.loads(l) for l in text.splitlines()]

class RpcError(Exception):
    def __init__(self, code, message): self.code, self.message = code, message

class Chain:
    """What the node would say at one step."""
    def __init__(self, folder, parallel):
        self.lock = threading.RLock(); self.blocks = {}; self.txs = {}; self.fixed = {}; self.parallel = parallel
        name = 'node-parallel' if parallel else 'node'; final = {}
        self.dropped = set()
        for row in lines(folder, name):
            if row['response'] is None: self.dropped |= {q['params']['topoheight'] for q in row['request']}; continue
            req, ans = row['request'], json.loads(row['response'])
            pairs = zip(req, ans) if isinstance(req, list) else [(req, ans)]
            if isinstance(req, list): pairs = [(q, next((a for a in ans if a.get('id') == q['id']), {})) for q in req]
            for q, a in pairs:
                r = a.get('result')
                if r is None: continue
                if q['method'] == 'get_block_at_topoheight': final[q['params']['topoheight']] = r; self.blocks[r['hash']] = r
                elif q['method'] == 'get_transactions':
                    for t in r:
                        if t: self.txs[t['hash']] = t
                else: self.fixed[q['method']] = r
        for b in lines(folder, 'blocks'):  # blocks that the node could not put into JSON: it dropped the connection
            if b.get('topoheight') in self.dropped: final[b['topoheight']] = {'hash': b['hash']}
        follower = [] if parallel else lines(folder, 'follower'); self.steps = []
        if follower:
            view = {}; info = None
            for row in follower:
                if 'request' not in row: continue  # the node was down, or refused to answer
                req, ans = row['request'], json.loads(row['response'])
                if isinstance(req, dict): info = ans['result']; continue
                if req[0]['method'] == 'get_block_at_topoheight':
                    view = {t: h for t, h in view.items() if t <= info['topoheight']}
                    for q, a in zip(req, ans):
                        if a.get('result'): view[q['params']['topoheight']] = a['result']['hash']; self.blocks[a['result']['hash']] = a['result']
                        for t in (a.get('result') or {}).get('transactions', []): self.txs.setdefault(t['hash'], t)
                    low = min(q['params']['topoheight'] for q in req)
                    for t in range(low): view.setdefault(t, final[t]['hash'])
                    self.steps.append((dict(view), info))
                elif req[0]['method'] == 'get_tips' and self.steps: self.steps[-1] += (ans[0].get('result'),)
        else:
            view = {}
            for t in sorted(final): view[t] = final[t]['hash']; self.steps.append((t, None))
            self.linear = view
        self.follower = bool(follower); self.final = final
        tag = 'b' if parallel else 'a'; self.states = [s for s in lines(folder, 'state') if s['node'] == tag]
        self.by_address = {v['address']: v for v in lines(folder, 'versions')}
        self.names = {}
        for v in self.by_address.values(): self.names[v['account']] = v['address']
        self.step = len(self.steps) - 1
        self.supply = {s['top']: s for s in self.states}

    def view(self):
        s = self.steps[self.step]
        return s[0] if self.follower else {t: self.linear[t] for t in range(s[0] + 1)}
    def top(self): return max(self.view()) if self.follower else self.steps[self.step][0]
    def hash_at(self, t):
        v = self.steps[self.step][0] if self.follower else self.linear
        if t > self.top() or t not in v: raise RpcError(-32004, 'Error while retrieving hash at topo height')
        return v[t]
    def block(self, h, include):
        if h not in self.blocks: raise RpcError(-32004, 'not recorded: block ' + h)
        b = dict(self.blocks[h])
        if not include: b.pop('transactions', None); b['total_fees'] = None
        return b
    def executed(self, tx_hash):
        t = self.txs.get(tx_hash); e = t and t.get('executed_in_block')
        if e is None: return None
        topo = next((k for k, h in self.view().items() if h == e), None)
        return None if topo is None else (topo, e)
    def account(self, p, key):
        v = self.by_address.get(p.get('address'))
        if v is None: raise RpcError(-32004, 'not recorded: account')
        if p.get('asset', NATIVE) != NATIVE: raise RpcError(-32004, 'not recorded: asset')
        return v[key]
    def last(self, p, key):
        if self.parallel or (self.follower and self.step < len(self.steps) - 1): return self.from_state(p, key)
        top = self.top(); found = [r for r in self.account(p, key) if r[0] <= top]
        if not found: raise RpcError(-32004, 'No account found for ' + p['address'])
        return found[0]
    def from_state(self, p, key):
        """Balances as read right after a block; exact only while the top is that block."""
        top = self.hash_at(self.top()); rows = {}; exact = False
        for s in self.states:
            rows.update(s['changed'])
            if s['top'] == top: exact = True; break
        name = next((n for n in rows if self.label_address(n) == p['address']), None)
        if not exact or name is None: raise RpcError(-32004, 'not recorded at this top')
        r = rows[name]
        if len(r) != 4: raise RpcError(-32004, str(r[0]))
        return [r[1], r[0], None, None] if key == 'balances' else [r[3], r[2], None]
    def label_address(self, label):
        prefix = label.rstrip('0123456789'); digits = label[len(prefix):]
        base = {'k': 0, 't': 300, 'M': 900, 'p': 2000, 'u': 1000, 'c': 700, 'd': 600, 'r': 100}.get(prefix)
        account = str(base + int(digits)) if base is not None and digits else {'fresh0': '390', 'new500': '500', 'unseen miner': '950'}.get(label, label)
        return self.names.get(account) or self.names.get(label)

    def call(self, m, p):
        p = p or {}; include = bool(isinstance(p, dict) and p.get('include_txs'))
        if m == 'get_info':
            s = self.steps[self.step]; top = self.hash_at(self.top()); b = self.blocks.get(top) or {'blue_score': self.top(), 'supply': None, 'reward': None}
            if self.follower: return dict(s[1])
            i = dict(self.fixed['get_info'], topoheight=self.top(), top_block_hash=top, emitted_supply=b['supply'], block_reward=b['reward'], circulating_supply=None); known = self.supply.get(top); i['burned_supply'] = known['burned_supply'] if known else None
            if 'blue_score' in b: i.update(blue_score=b['blue_score'], stable_blue_score=max(0, b['blue_score'] - 60))
            else: i.update(height=b['height'], stableheight=max(0, b['height'] - 24), stable_topoheight=max(0, self.top() - 24))
            return i
        if m == 'get_topoheight': return self.top()
        if m in ('get_blue_score', 'get_height') and m[4:] in self.blocks[self.hash_at(self.top())]: return self.blocks[self.hash_at(self.top())][m[4:]]
        if m == 'get_stable_topoheight': return max(0, self.top() - (60 if 'blue_score' in self.blocks[self.hash_at(0)] else 24))
        if m == 'get_tips': return (self.steps[self.step][2] if self.follower and len(self.steps[self.step]) > 2 else [self.hash_at(self.top())])
        if m == 'get_block_at_topoheight':
            if p['topoheight'] in self.dropped and include: raise ConnectionAbortedError
            return self.block(self.hash_at(p['topoheight']), include)
        if m == 'get_block_by_hash': return self.block(p['hash'], include)
        if m == 'get_top_block': return self.block(self.hash_at(self.top()), include)
        if m == 'get_blocks_range_by_topoheight':
            a, b = p.get('start_topoheight', max(0, self.top() - 20)), p.get('end_topoheight', self.top())
            if b > self.top() or a > b or b - a > 20: raise RpcError(-32602, 'Invalid range requested')
            return [self.block(self.hash_at(t), False) for t in range(a, b + 1)]
        if m == 'get_dag_order':
            a, b = p.get('start_topoheight', max(0, self.top() - 64)), p.get('end_topoheight', self.top())
            if b > self.top() or a > b or b - a > 64: raise RpcError(-32602, 'Invalid range requested')
            return [self.hash_at(t) for t in range(b, a - 1, -1)]
        if m == 'get_transaction':
            if p['hash'] not in self.txs: raise RpcError(-32004, 'Error while fetching transaction')
            e = self.executed(p['hash']); return dict(self.txs[p['hash']], executed_in_block=e and e[1])
        if m == 'get_transactions':
            if len(p['tx_hashes']) > 20: raise RpcError(-32602, 'Too many requested txs')
            return [dict(self.txs[h], executed_in_block=(self.executed(h) or (0, None))[1]) if h in self.txs else None for h in p['tx_hashes']]
        if m == 'get_transaction_executor':
            e = self.executed(p['hash'])
            if not e: raise RpcError(-32004, 'Error while retrieving executor')
            return {'block_topoheight': e[0], 'block_hash': e[1], 'block_timestamp': self.blocks[e[1]]['timestamp']}
        if m == 'is_tx_executed_in_block': e = self.executed(p['tx_hash']); return bool(e and e[1] == p['block_hash'])
        if m == 'get_balance': r = self.last(p, 'balances'); return {'balance': r[1], 'topoheight': r[0]}
        if m == 'get_nonce':
            r = self.last(p, 'nonces'); return {'topoheight': r[0], 'nonce': r[1], 'previous_topoheight': r[2]}
        if m in ('get_balance_at_topoheight', 'get_nonce_at_topoheight'):
            if self.parallel or (self.follower and self.step < len(self.steps) - 1): raise RpcError(-32004, 'not recorded: versions')
            key = 'balances' if m[4] == 'b' else 'nonces'; rows = self.account(p, key); i = next((i for i, r in enumerate(rows) if r[0] == p['topoheight'] and r[0] <= self.top()), None)
            if i is None: raise RpcError(-32004, 'Data not found on disk')
            prev = rows[i + 1][0] if i + 1 < len(rows) else None; r = rows[i]
            if key == 'balances' and r[3] is None: return {'balance': r[1], 'previous_topoheight': prev}
            return {'balance_type': r[3], 'final_balance': r[1], 'output_balance': r[2], 'previous_topoheight': prev} if key == 'balances' else {'nonce': r[1], 'previous_topoheight': r[2]}
        if m == 'has_nonce': return {'exist': p.get('address') in self.by_address and any(r[0] <= self.top() for r in self.by_address[p['address']]['nonces'])}
        if m == 'is_account_registered': v = self.by_address.get(p.get('address')); return bool(v and v.get('registered') is not None and v['registered'] <= self.top())
        if m == 'get_accounts':
            skip, most = p.get('skip') or 0, p.get('maximum') or 100; all_ = sorted(a for a, v in self.by_address.items() if v.get('registered') is not None and v['registered'] <= self.top()); return all_[skip:skip + min(most, 100)]
        if m in ('get_multisig', 'get_energy') and self.step == len(self.steps) - 1 and not self.parallel:
            v = self.account(p, 'multisig' if m == 'get_multisig' else 'energy')
            if v is None and m == 'get_multisig': raise RpcError(-32004, 'No multisig')
            return v or {'frozen_tos': 0, 'total_energy': 0, 'used_energy': 0, 'available_energy': 0, 'last_update': 0, 'freeze_records': []}
        if m in self.fixed and m not in LEGACY: return self.fixed[m]
        raise RpcError(-32004 if m.startswith(('get_', 'has_', 'is_', 'count_')) else -32601, 'not recorded: ' + m)

class Server:
    def __init__(self, chain, args):
        self.chain, self.args, self.sockets, self.calls = chain, args, {}, 0
    def answer(self, text):
        self.calls += 1
        if self.args.slow: time.sleep(self.args.slow / 1000)
        if self.args.fail_every and self.calls % self.args.fail_every == 0: raise ConnectionAbortedError
        try: req = json.loads(text)
        except ValueError: return {'jsonrpc': '2.0', 'id': None, 'error': {'code': -32700, 'message': 'Parse error'}}
        if isinstance(req, list):
            if len(req) > 20: return {'jsonrpc': '2.0', 'id': None, 'error': {'code': -32600, 'message': 'Batch limit exceeded'}}
            with self.chain.lock: return [self.one(r) for r in req]
        with self.chain.lock: return self.one(req)
    def one(self, r):
        try:
            if r.get('params') == {} and r['method'] in LEGACY | {'get_version'}: raise RpcError(-32602, 'Unexpected parameters for this method')
            return {'jsonrpc': '2.0', 'id': r.get('id'), 'result': self.chain.call(r['method'], r.get('params') or {})}
        except RpcError as e: return {'jsonrpc': '2.0', 'id': r.get('id'), 'error': {'code': e.code, 'message': e.message}}
        except (KeyError, TypeError) as e: return {'jsonrpc': '2.0', 'id': r.get('id'), 'error': {'code': -32602, 'message': 'Invalid params: %s' % e}}
    def grow(self):
        c = self.chain
        while c.step < len(c.steps) - 1:
            time.sleep(self.args.pace / 1000)
            with c.lock: old = c.view(); c.step += 1; new = c.view()
            for t, h in sorted(old.items()):
                if new.get(t) != h: self.event('block_orphaned', {'block_hash': h, 'old_topoheight': t})
            for t, h in sorted(new.items()):
                if old.get(t) != h: self.event('block_ordered', {'block_hash': h, 'block_type': c.blocks[h]['block_type'], 'topoheight': t})
            newest = c.block(c.hash_at(c.top()), False); self.event('new_block', newest)
    def event(self, name, value):
        for s, subs in list(self.sockets.items()):
            if name in subs:
                try: ws_send(s, json.dumps({'jsonrpc': '2.0', 'id': subs[name], 'result': dict(value, event=name)}))
                except OSError: self.sockets.pop(s, None)

def ws_send(s, text):
    data = text.encode(); n = len(data)
    s.sendall(b'\x81' + (bytes([n]) if n < 126 else b'\x7e' + struct.pack('>H', n) if n < 65536 else b'\x7f' + struct.pack('>Q', n)) + data)
def ws_read(f):
    head = f.read(2)
    if len(head) < 2: return None, b''
    n = head[1] & 127
    if n == 126: n = struct.unpack('>H', f.read(2))[0]
    elif n == 127: n = struct.unpack('>Q', f.read(8))[0]
    mask = f.read(4) if head[1] & 128 else b'\0' * 4; data = f.read(n)
    return head[0] & 15, bytes(b ^ mask[i % 4] for i, b in enumerate(data))

def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter); a.add_argument('folder'); a.add_argument('--port', type=int, default=18080); a.add_argument('--parallel', action='store_true')
    a.add_argument('--start', type=int); a.add_argument('--pace', type=float, default=0); a.add_argument('--slow', type=float, default=0); a.add_argument('--fail-every', type=int, default=0); a.add_argument('--drop-ws-every', type=int, default=0); args = a.parse_args()
    chain = Chain(args.folder, args.parallel); server = Server(chain, args)
    if args.start is not None: chain.step = min(args.start, len(chain.steps) - 1)
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'
        def log_message(self, *x): pass
        def reply(self, code, obj):
            body = obj if isinstance(obj, bytes) else json.dumps(obj).encode(); self.send_response(code); self.send_header('content-type', 'application/json'); self.send_header('content-length', str(len(body))); self.end_headers(); self.wfile.write(body)
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get('content-length') or 0))
            if self.path == '/control':
                if body.strip() == b'stop': self.reply(200, {'stopped': True}); threading.Thread(target=httpd.shutdown).start(); return
                if body.strip().isdigit(): chain.step = min(int(body), len(chain.steps) - 1)
                return self.reply(200, {'step': chain.step, 'steps': len(chain.steps)})
            if self.path != '/json_rpc': return self.reply(404, {})
            if len(body) > 262144: return self.reply(413, {})
            try: self.reply(200, server.answer(body))
            except ConnectionAbortedError: self.close_connection = True
        def do_GET(self):
            if self.path == '/control': return self.reply(200, {'step': chain.step, 'steps': len(chain.steps), 'topoheight': chain.top(), 'calls': server.calls})
            if self.path != '/json_rpc' or 'upgrade' not in self.headers.get('connection', '').lower(): return self.reply(404, {})
            key = base64.b64encode(hashlib.sha1((self.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').encode()).digest()).decode()
            self.send_response(101); self.send_header('upgrade', 'websocket'); self.send_header('connection', 'Upgrade'); self.send_header('sec-websocket-accept', key); self.end_headers()
            server.sockets[self.connection] = {}; seen = 0; self.close_connection = True
            try:
                while True:
                    op, data = ws_read(self.rfile)
                    if op in (None, 8): break
                    if op == 9: self.connection.sendall(b'\x8a' + bytes([len(data)]) + data); continue
                    seen += 1
                    if args.drop_ws_every and seen % args.drop_ws_every == 0: break
                    r = json.loads(data)
                    if isinstance(r, dict) and r.get('method') in ('subscribe', 'unsubscribe'):
                        name = r['params']['notify']
                        if r['method'] == 'subscribe': server.sockets[self.connection][name] = r.get('id')
                        else: server.sockets[self.connection].pop(name, None)
                        ws_send(self.connection, json.dumps({'jsonrpc': '2.0', 'id': r.get('id'), 'result': True})); continue
                    ws_send(self.connection, json.dumps(server.answer(data)))
            except (OSError, ValueError, KeyError): pass
            finally: server.sockets.pop(self.connection, None)
    class Threads(http.server.ThreadingHTTPServer): daemon_threads = True; allow_reuse_address = True
    httpd = Threads(('127.0.0.1', args.port), Handler)
    print('recorded node: %d steps, at topoheight %d, http://127.0.0.1:%d/json_rpc' % (len(chain.steps), chain.top(), httpd.server_address[1]), flush=True)
    if args.pace: threading.Thread(target=server.grow, daemon=True).start()
    httpd.serve_forever()
if __name__ == '__main__': main()
