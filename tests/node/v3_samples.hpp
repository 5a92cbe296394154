#pragma once

namespace parallax::test {

/// Transactions of every kind, as a real node of epoch V3 showed them.
inline constexpr const char*
    kTransactionsOfV3
        [] =
            {
                // a_i_mining:PublishTask
                R"({"data": {"a_i_mining": {"PublishTask": {"deadline": 1796071925696,
"description": "count the vowels", "difficulty": "Beginner", "reward_amount": 6000000000,
"task_id": "967a508cf144513e3f0d865f72e11f319890eebff9a9661569b224f16f7c8672"}}}, "fee": 10000,
"hash": "f7c50cedc54926efb4ca52735b3f67aa56c58ddeb0b72b3e770d990bb7bc7634", "multisig": null,
"nonce": 1, "reference": {"hash": "064a6a95bf8e758d8355d2b8599279e828e2ff6b293502c44544039aa2dc0a94", "topoheight": 701}, "signature": "aa147053faffc4b0ca87a4bc332ca0607d8b1d6c8b57efca706c9a95fbb46c07d39a6217e017b79fdbeee6e2fd36e055308cde959fb16bd042643772d701e40d", "size": 223, "source": "tst1dcv6tncg82n0awwvdafd8yehmf35mf3hff6y4f0jplq245xj5gpsqc4ep84", "version": 0})",
                // a_i_mining:RegisterMiner
                R"({"data": {"a_i_mining": {"RegisterMiner": {"miner_address": [176, 142, 83, 238, 89, 200, 7,
76, 245, 119, 64, 124, 187, 59, 173, 16, 33, 247, 45, 63, 24, 91, 71, 0, 4, 235, 244, 195, 42, 29,
81, 29], "registration_fee": 1000000000}}}, "fee": 10000,
"hash": "a2d7a2958233d23f04ab227365f7a4d65dc358ad07f10ec26466914042fed5d1", "multisig": null,
"nonce": 7, "reference": {"hash": "7078a81c4b4d5d364e2fb3c146a78aa6cdd44d40af53d34db018de039d521df9", "topoheight": 228}, "signature": "846ea7c961872574d03f0a17cd2107984a57ae2f4585137b8c32f7f24fb54c09e82f7f06d7dc17b0cb8507afda118c0c851063ee800fb0a8d4a3ff49cb30a90f", "size": 197, "source": "tst1kz898mjeeqr5eathgp7tkwadzqslwtflrpd5wqqya06vx2sa2ywsqwt2yk3", "version": 0})",
                // a_i_mining:SubmitAnswer
                R"({"data": {"a_i_mining": {"SubmitAnswer": {"answer_content": "seven of them, I believe!",
"answer_hash": "149ab66cd02f6062253bfc74f7eb415420eff321814e54f09abe0649ab1f9f20",
"stake_amount": 100, "task_id": "967a508cf144513e3f0d865f72e11f319890eebff9a9661569b224f16f7c8672"}}}, "fee": 10000, "hash": "4b4c43a60886d4eb0607d09b7e4d3508a614436f4f2366193f75bf03fac1feda", "multisig": null, "nonce": 2, "reference": {"hash": "300e4908f1d7923f24d5ade2c1df7d726a1f9163bfdd2b42464d671f40421659", "topoheight": 894}, "signature": "d097f7e8a3947f950395d8ccc3fe90e249064895cc5648e6338c99f4f026300f7c82164d92e801fc4e70f87902945314bde34d58e3e43e5ca8014c35adb3a20f", "size": 255, "source": "tst1ttxq07ylmqnqz8rvx80met8g95u7h7uggf9t0nxwaej8u084439sqpnwngy", "version": 0})",
                // a_i_mining:ValidateAnswer
                R"({"data": {"a_i_mining": {"ValidateAnswer": {"answer_id": "6ab62ed7678bd17ed85545741da6f0017aae9640bb4bfd8a9b67dd04241950e7", "task_id": "d73f343f0b0b2dd5ac50241975202a9e03d523871d2551a583b0b0c8a1a7aad5", "validation_score": 90}}}, "fee": 10000, "hash": "740c07a830a8949ff4b17474686be71c70dc5591a3d1145a669e9ed07416c68c", "multisig": null, "nonce": 1, "reference": {"hash": "e90d82790644e607ca193d6f378c6123bc002b1bac1048509c02f5953413a0bd", "topoheight": 312}, "signature": "e1a0aa6117f0a0719c7e04a114add2974fa041e3f994017599c5bce8ac7208071f6b8f9a35e2ccf383d3e2f75bfe9fcf2119f12befd49fd75935e4a46e5f8a0c", "size": 222, "source": "tst1zekfkudj0acy632lccakedxknf9w9utmsel3vc3zy9mmxmwkk5uqqq6vv3v", "version": 0})",
                // burn
                R"({"data": {"burn": {"amount": 7,
"asset": "0000000000000000000000000000000000000000000000000000000000000000"}}, "fee": 10000,
"hash": "310f571bc29540ea0693c4f80786423c8a5fb2cbc886f45fddc2b2c4b96b9c6f", "multisig": null,
"nonce": 0, "reference": {"hash": "6434b5beddfdc715fe63f2cabb4af9b227f377305c605ff95692fef6bb7c0b0f", "topoheight": 159}, "signature": "94aba9c1f632f81e30924e510281c8452354e7b4379389e15e9b047837fc490cd7e8e1b76bdc7b4e2019fb55c0f49e0ed0ba01128ac38bc81cdfa0e7218f2a05", "size": 196, "source": "tst12prcfyv8czmzyfr7lx6u03w986u3h6dhnecjnhfeq8ftlaej4fjqqr5w2f3", "version": 0})",
                // cosigned
                R"({"data": {"transfers": [{"amount": 9,
"asset": "0000000000000000000000000000000000000000000000000000000000000000",
"destination": "tst1qrvvqap30d67fk70hgrf2d4z37dh3qhe7r5nxdn7e6ve74rcus6sq7hxypz",
"extra_data": null}]}, "fee": 20000,
"hash": "04916c1ad44154881b3f68b7c57ed2283fe091f3ec36db4928af320639be6310",
"multisig": {"signatures": [{"id": 0,
"signature": "66ea4b35933e203417f61020f3d8af8e1b9184d9560bb60c17356d797422e20691f24cf7c51048939f8a6bcb370f62c2fe4170e01b192e9a9831a12d33129202"}]}, "nonce": 1, "reference": {"hash": "df8bb8701b91b950fd8d800083c3543523bc94cad25ce120d0ee95ca46d3bd4c", "topoheight": 226}, "signature": "27ddf61a0f0a18e6e4cd067c5926a350d51615cb17f534d0fda274d46c50ce021e2d64d5c8da30307d2dac25a4c3a6f0c40ae4067eb64a52e2ef26575ade4e0e", "size": 296, "source": "tst1mn3wqscuh8yzk0xhljzdd6429h9hyzq3pyj3cpdvxrex3kegapaqqwvt7t8", "version": 0})",
                // deploy_contract
                R"({"data": {"deploy_contract": {"invoke": null, "module": {"chunks": [{"instructions": [29,
20]}], "constants": [], "entry_chunk_ids": [0], "hook_chunk_ids": {}}}}, "fee": 10000,
"hash": "4816b9e4783a634dc314c4bc5d0a2166784386f548740b23510445ee74af28eb", "multisig": null,
"nonce": 2, "reference": {"hash": "a8bac02aef908fcea3e24f00e34cd6086c3c2055a664de970a114d5ab26f4187", "topoheight": 370}, "signature": "d0751804682f2a2c4ddc9dcee7417e505f4679b6ad65302dce06ff9e868a4e0918344aa4103fbe7b034ed6e95b00eafc8e4341c817ec2e24486d911e6a1ef900", "size": 172, "source": "tst1r3qqhqg88t4rvfxk4qq6l62gpfntm93quc8dpv9qfa86nm0sgyhqqcp79ln", "version": 0})",
                // energy:FreezeTos
                R"({"data": {"energy": {"FreezeTos": {"amount": 100000000, "duration": {"days": 3}}}},
"fee": 10000, "hash": "30a5fabd341f642c11e83802c3bdb012e5e2f977d371c33460eebe1233cb120a",
"multisig": null, "nonce": 0,
"reference": {"hash": "498a131d9c0a4292e729afc2452db2c14eb902ac1bb17267fa464cd6d847d0de",
"topoheight": 77}, "signature": "0b6c4ccb93ddd639dbfa2c0cf3b53a81c45db0a830416576c8a53f3c80a0130f082284bed6c6623454a4eb3e92d4121d0e839fd7d0f4383c62874646aa1fb60e", "size": 169, "source": "tst1vp5uwdekactknl2mvr34k2jq35kgjx9z3j0kkt7ksdyc5m0dz34sqp4fu7v", "version": 0})",
                // energy:UnfreezeTos
                R"({"data": {"energy": {"UnfreezeTos": {"amount": 100000000}}}, "fee": 10000,
"hash": "4a34d93237fbd653f4a85522ce166fb2b6841cb441de6b49e42e73628dfdb8ac", "multisig": null,
"nonce": 0, "reference": {"hash": "94f73d84492ff8798a1f662dba8553594c7846534dc4068c9fc8c8761613cb89", "topoheight": 175}, "signature": "97569888e3bc882a9a4472f9ba4a093733d4d541514889e1d5a174923044ec050dcb8c1661c05f29666ab953a0142e5ca0eff1b64ed8f83f7ac9eada60830308", "size": 165, "source": "tst1q6w6x2k8t75vf4lk2wl7mk4q2tnakrjq0e5n8dq86g96fgt30a9sq38k30t", "version": 0})",
                // energyfee
                R"({"data": {"transfers": [{"amount": 42,
"asset": "0000000000000000000000000000000000000000000000000000000000000000",
"destination": "tst1j359afzf9hw8xrun0z6chsw0ppf6jjgylzsyzuga6ltnf9k4ta3sqwhhalc",
"extra_data": null}]}, "fee": 0,
"hash": "175e42151f764aa17e06e6865f14d28822c0099a01cf66f27418a504b7f66eba", "multisig": null,
"nonce": 1, "reference": {"hash": "f2e40a1369ff0f0fecb0e4d165d1f8285956686ec0a376024807168e8dc00c0d", "topoheight": 78}, "signature": "31bedc4ff0adf7a997bcf966b7a4f06ca30dc7ad90459e67b6c67519dcd6c509ac101eb69c7df5c6cd4779f68660b1d7cb579ddd85647b451673c402d81d8c04", "size": 230, "source": "tst1vp5uwdekactknl2mvr34k2jq35kgjx9z3j0kkt7ksdyc5m0dz34sqp4fu7v", "version": 0})",
                // invoke_contract
                R"({"data": {"invoke_contract": {"chunk_id": 0,
"contract": "4866185cf02f5678bf1d8d89a2a0d65030f377235498b3c9f133bb1a76e61b67", "deposits": {},
"max_gas": 0, "parameters": []}}, "fee": 10000,
"hash": "6b50ea36863574dc74bf289d808d0f493cfcbf70b9622cff429634367fa66bec", "multisig": null,
"nonce": 5, "reference": {"hash": "d1ccf7d82c74196db21626a241d959e5f4a72bcbd9559c41aed23da1b0f360aa", "topoheight": 361}, "signature": "38c84a1a9bbbc2c1e88e89bd49bacbc7ddd8163bda6cf85d5601d557fa982d0ec18be2e28c78c96f5cc6913f17f2dca639809e7e62d794f41faa5b816e27f30c", "size": 200, "source": "tst10q90q5meehazql6nxudlc8ezhhegkew0sny639nsr77s8fku7c2sqah4cup", "version": 0})",
                // invoke_contract with deposits
                R"({"data": {"invoke_contract": {"chunk_id": 0,
"contract": "e693303e950ba266d2c812931df691c0130197e087978d933afc00d7e2a217c4",
"deposits": {"0000000000000000000000000000000000000000000000000000000000000000": 400},
"max_gas": 450, "parameters": []}}, "fee": 10000,
"hash": "3f011047b29c7f11ff596763325f0d639dcf329fe06d09dcd53e57713d24be79", "multisig": null,
"nonce": 5, "reference": {"hash": "616de37c288901bea669d71f4f5c4ad79512dbfdf3c93cbc60eddb3ca00e8d4a", "topoheight": 221}, "signature": "bb42c7363b3e5df6546decf3f89ec39717cb4e7e6e8899cfa394dac5e8465700385b6601467fbfe55caf1133aafb060e73dc1b7ff6488f90c9043a12ca44ea0f", "size": 241, "source": "tst15qpxffqmr86d726skmayc7lw5js7sypmclcm890rx0tfhpjzwffsqq3mca2", "version": 0})",
                // invoke_contract with parameters
                R"({"data": {"invoke_contract": {"chunk_id": 0,
"contract": "631698dab39fa315585adcbcc099f0cf04fa519d5e7e7deb231ee79134495de7", "deposits": {},
"max_gas": 1000000, "parameters": [{"type": "default", "value": {"type": "u64", "value": 10}},
{"type": "default", "value": {"type": "u64", "value": 5}}]}}, "fee": 10000,
"hash": "45b7d8a5df9033bbcc4f8c683cbf40b54362a6b8f55eb6e8d8bd1463d22d6de0", "multisig": null,
"nonce": 0, "reference": {"hash": "10e6eaf2c028f1d151bc66f0a32c73bffb539f4ee78c497802e7fb2217b33830", "topoheight": 343}, "signature": "f045c6b40f80093fdf68d6b3afe97c628467ccb9f463e85e3daa6ceb50e18a09e4906fc4835a079190daaab37b007449f29b63cccbd981034604ef818bc7b10c", "size": 220, "source": "tst1kmpeycqvh2zwypd0sv99ux25rqhgyrdy78skx5jhg92kqnq7neaqq57txnw", "version": 0})",
                // invoke_contract with parameters with deposits
                R"({"data": {"invoke_contract": {"chunk_id": 0,
"contract": "51689dac9431923be6277f172e508aad37c02e3e5ac3968643430622958202fd",
"deposits": {"0000000000000000000000000000000000000000000000000000000000000000": 500},
"max_gas": 300, "parameters": [{"type": "default", "value": {"type": "opaque",
"value": {"type": "Address",
"value": "tst1wfa2kxfzkvh9aghp344z5wwqlza6v4628a0vxzz7zk6gy0gr6fasq3l29f9"}}}]}}, "fee": 10000,
"hash": "2388309fff591fc80680905c3feb906c732ad88062a0435e5fdde8119de19db8", "multisig": null,
"nonce": 1, "reference": {"hash": "80a9ad977ec47ac6d0972c82bc6fd80d061ba706e9b47156e33973466431d384", "topoheight": 204}, "signature": "4712266e41130286182f9be6bf5bc62b7d14ce0f34a497dcd11977931afcf301c8af3a2592c7b38989f598bf9065907be4be90641d475dd3f6b65fb6f832e701", "size": 278, "source": "tst173rgawyu7q6kcgfgxe34th0f43xry6z5qen3rd05lcpmsy9jrymsq0lrhms", "version": 0})",
                // multi_sig
                R"({"data": {"multi_sig": {"participants": [[104, 52, 139, 94, 57, 119, 44, 141, 26, 45, 217,
96, 238, 52, 14, 6, 182, 87, 200, 195, 24, 189, 115, 245, 215, 240, 240, 76, 131, 21, 97, 47]],
"threshold": 1}}, "fee": 10000,
"hash": "35d745b4c51afcf0b17e144b4f4eb3c179c3dcebeba42f9165f9601f439c9921", "multisig": null,
"nonce": 1, "reference": {"hash": "0ab53e38b6ef7366b2e72c8a9ae3886448b6fc80f4fdf4fe0615c38121f62f30", "topoheight": 245}, "signature": "cd9f90b28340aa4043fff2ea8fb532ca1e4f7e80b777f3e7e4850cdeb2b81e06ddbe9f67edc2d83d7a1aa377c3f0e2a59e5316427835de1b97be2b51ea204200", "size": 190, "source": "tst1vpxqdtwy6fx3duu8p8shjc20kaj394nwmpt7z6lqdrtcq0yexu0sqhh4szr", "version": 0})",
                // transfers
                R"({"data": {"transfers": [{"amount": 1,
"asset": "0000000000000000000000000000000000000000000000000000000000000000",
"destination": "tst1j359afzf9hw8xrun0z6chsw0ppf6jjgylzsyzuga6ltnf9k4ta3sqwhhalc",
"extra_data": null}]}, "fee": 15000,
"hash": "46461510591ac1c29a66008f154b1477475b613c7148d5431a6fd1ee650dd392", "multisig": null,
"nonce": 0, "reference": {"hash": "733b7ebaeef48fba3a121760758f9f00542de0afd575aed035dc612c6b6b1bd4", "topoheight": 68}, "signature": "34c89ad4dc866b398f4f5fa0c7788cdf57c0d5090185497080339ffbb186c706738ecc4ad01fa03fe2659d144c0a4755b409a3475becc7ecffff80dabc644d04", "size": 230, "source": "tst1mz8g0572ygnspgdfne4c4uca5pzsx874h9ruwr4wwx2gaa2mzf8sq0gs6zd", "version": 0})",
};

}  // namespace parallax::test
