"""gRPC in Python from the .proto files alone: Debian's grpcio, stubs by protoc, and nothing of the
verifier's own code."""

import subprocess
import sys
from pathlib import Path

import grpc

CONTRACT = Path(__file__).resolve().parent.parent.parent / "proto"
# What Debian's grpc-proto packages of gRPC's own services.
GRPC_PROTO = Path("/usr/share/grpc-proto")
OWN = [f"parallax/v1/{name}.proto" for name in ("chain", "verdict", "control", "verifier")]
GRPC_OWN = ["grpc/health/v1/health.proto", "grpc/reflection/v1alpha/reflection.proto"]


def generate(folder, protoc, plugin):
    """Generates stubs into `folder` and makes them importable."""
    for root, files in ((CONTRACT, OWN), (GRPC_PROTO, GRPC_OWN)):
        subprocess.run([protoc, f"-I{root}", f"--python_out={folder}", f"--grpc_out={folder}",
                        f"--plugin=protoc-gen-grpc={plugin}", *files], check=True)
    sys.path.insert(0, str(folder))
    # The library is called grpc, too: its package is told where the generated part lies.
    grpc.__path__.append(str(Path(folder) / "grpc"))


def chain_identity(chain, archive):
    return chain.ChainIdentity(network=archive.network, profile=archive.profile,
                               failure_model=archive.failure_model + 1)


def load_state(verifier_pb, chain, stub, archive, metadata, rows=None):
    """Gives an empty sidecar the archive's state. `rows` replaces the archive's, for what is wrong."""
    rows = archive.rows if rows is None else rows

    def messages():
        base = chain.BlockId(topoheight=archive.base_topoheight, hash=archive.base_hash)
        yield verifier_pb.LoadStateRequest(begin=verifier_pb.LoadStateBegin(
            chain=chain_identity(chain, archive), base=base))
        for start in range(0, len(rows), 500):
            yield verifier_pb.LoadStateRequest(rows=verifier_pb.LoadStateRows(
                rows=[chain.StateRow(key=key, value=value)
                      for key, value in rows[start:start + 500]]))
        yield verifier_pb.LoadStateRequest(end=verifier_pb.LoadStateEnd(rows=len(rows)))

    return stub.LoadState(messages(), metadata=metadata)


def reflect(channel, method):
    """Calls `method`, as `/package.Service/Name`, with an empty request. Types come from the server's
    own reflection; no generated code of the contract is used. Returns the answer."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    from grpc.reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
    service, name = method.strip("/").split("/")
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    pool = descriptor_pool.DescriptorPool()
    answer = next(iter(stub.ServerReflectionInfo(iter([
        reflection_pb2.ServerReflectionRequest(file_containing_symbol=service)]))))
    files = {}
    pending = list(answer.file_descriptor_response.file_descriptor_proto)
    while pending:
        file = descriptor_pb2.FileDescriptorProto.FromString(pending.pop())
        if file.name in files:
            continue
        files[file.name] = file
        for dependency in file.dependency:
            found = next(iter(stub.ServerReflectionInfo(iter([
                reflection_pb2.ServerReflectionRequest(file_by_filename=dependency)]))))
            pending.extend(found.file_descriptor_response.file_descriptor_proto)

    def add(file):
        for dependency in file.dependency:
            add(files[dependency])
        pool.Add(file)

    add(next(file for file in files.values()
             if service in {f"{file.package}.{own.name}" for own in file.service}))
    described = pool.FindServiceByName(service).FindMethodByName(name)
    factory = message_factory.MessageFactory(pool)
    request = factory.GetPrototype(described.input_type)
    response = factory.GetPrototype(described.output_type)
    call = channel.unary_unary(method, request_serializer=request.SerializeToString,
                               response_deserializer=response.FromString)
    return call(request())


def services(channel):
    """Names of the services that the server's reflection lists."""
    from grpc.reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    answer = next(iter(stub.ServerReflectionInfo(iter([
        reflection_pb2.ServerReflectionRequest(list_services="")]))))
    return {service.name for service in answer.list_services_response.service}


class Feeder:
    """One attached stream: sends when told, and reads the answers one by one."""

    def __init__(self, verifier_pb, chain, stub, archive, metadata):
        import queue
        self.pb, self.chain = verifier_pb, chain
        self.outgoing = queue.SimpleQueue()
        self.answers = stub.StreamBlocks(iter(self.outgoing.get, None), metadata=metadata)
        self.send(hello=verifier_pb.Hello(chain=chain_identity(chain, archive), feeder="python"))

    def send(self, **message):
        self.outgoing.put(self.pb.StreamBlocksRequest(**message))

    def block(self, block, previous_hash):
        """Sends a block, and returns its hash."""
        block_hash = block.hash()
        message = self.chain.Block(id=self.chain.BlockId(topoheight=block.topoheight,
                                                         hash=block_hash),
                                   previous_hash=previous_hash, wire=block.wire)
        if block.side_block is not None:
            message.side_block = block.side_block
        self.send(block=message)
        return block_hash

    def answer(self, expected):
        """The next answer, which must be of the kind `expected`."""
        answer = next(self.answers)
        kind = answer.WhichOneof("message")
        if kind != expected:
            raise AssertionError(f"expected {expected}, got {kind}: {answer}")
        return getattr(answer, kind)

    def close(self):
        self.outgoing.put(None)
