#pragma once

namespace parallax::test {

/// As a real node of epoch E1 showed it.
inline constexpr const char* kBlockWithBurn = R"({
 "block_type": "Normal",
 "cumulative_difficulty": "209000",
 "dev_reward": 9748665,
 "difficulty": "1000",
 "extra_nonce": "5f0925cf3a90b30c58105779750f2e5653836d3da30e7cb6436b8fcf326895b9",
 "hash": "c5e659646abf2443c8c2bdea080073f696a2a10b4154342a0eb2cb54754862ad",
 "height": 107,
 "miner": "tst13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qqupqq54",
 "miner_reward": 87737987,
 "nonce": 0,
 "reward": 97486652,
 "supply": 10587053404,
 "timestamp": 1735689707000,
 "tips": [
  "c71fed2e86aa5d4c093703c05cf31731d1748b7c79c5e06c70b23e5dc3099ca8"
 ],
 "topoheight": 109,
 "total_fees": 60000,
 "total_size_in_bytes": 546,
 "transactions": [
  {
   "chain_id": 3,
   "data": {
    "burn": {
     "amount": 7,
     "asset": "0000000000000000000000000000000000000000000000000000000000000000"
    }
   },
   "fee": 60000,
   "hash": "8296f9670c99551057ca5e68651629609796bae6a83560dc4d27ee74861e9024",
   "multisig": null,
   "nonce": 0,
   "reference": {
    "hash": "c71fed2e86aa5d4c093703c05cf31731d1748b7c79c5e06c70b23e5dc3099ca8",
    "topoheight": 108
   },
   "signature": "4f17fc319e22d2f6e86e3c9e9828b77bd06e9fe19a4e2a2f4a64341c44c5680a4361a0f1574187bffc2c8fe4dd93ea7c40ece26cd199603b3d5745fc7c814d0d",
   "size": 197,
   "source": "tst17nf68lqqy3fl8peq5l2tk2lnvsm2x0l9u0layekr5y8mz8hr04wsq30n456",
   "version": 1
  }
 ],
 "txs_hashes": [
  "8296f9670c99551057ca5e68651629609796bae6a83560dc4d27ee74861e9024"
 ],
 "version": 0
})";

/// As a real node of epoch E1 showed it.
inline constexpr const char* kBlockWithTransfers = R"({
 "block_type": "Side",
 "cumulative_difficulty": "192000",
 "dev_reward": 2924599,
 "difficulty": "1000",
 "extra_nonce": "4d4ee5cbcee2a9e63a3912613e3c7d72d212563f30a216fc3f0ff211ef7b27e7",
 "hash": "1fe575db6bbe3a5b59ccfb17b17d47e20864a8a7086041417b109f51347e0bc9",
 "height": 92,
 "miner": "tst13jfypdzk48ndcewrw7ssfrt5t722prxm0azvhntmgme5qjy8zy6qqupqq54",
 "miner_reward": 26321398,
 "nonce": 0,
 "reward": 29245997,
 "supply": 9095507575,
 "timestamp": 1735689692000,
 "tips": [
  "0319414132faf16f7e10d9c8feffea9185697a6bb13bf63c048944c5e798fdaf"
 ],
 "topoheight": 93,
 "total_fees": 0,
 "total_size_in_bytes": 581,
 "transactions": [
  {
   "chain_id": 3,
   "data": {
    "transfers": [
     {
      "amount": 11,
      "asset": "0000000000000000000000000000000000000000000000000000000000000000",
      "destination": "tst1cj6nlrg98nyym2ekqhgr2ws8davctrt6786qamrml9er0r98geyqqha2djz",
      "extra_data": null
     }
    ]
   },
   "fee": 60000,
   "hash": "12eb962751aeedb652360066d0783a9faaf1221009feaaf420dbedcd2529ce8b",
   "multisig": null,
   "nonce": 0,
   "reference": {
    "hash": "0319414132faf16f7e10d9c8feffea9185697a6bb13bf63c048944c5e798fdaf",
    "topoheight": 91
   },
   "signature": "b9bdd2f0bf15b6eeed5914014e6cb15774216bd9918246b23e30b5929992d30620f5448e08d420f2ed0ffa7743e772668d666ae25859617adb42359607503e0e",
   "size": 232,
   "source": "tst1s26q2fnty9h64f7mfpym85kf245cvgwnq5dey04vhtxvh0cs338qq3kxstg",
   "version": 1
  }
 ],
 "txs_hashes": [
  "12eb962751aeedb652360066d0783a9faaf1221009feaaf420dbedcd2529ce8b"
 ],
 "version": 0
})";

}  // namespace parallax::test
