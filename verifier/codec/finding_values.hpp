#pragma once

#include "verifier/codec/fields_codec.hpp"
#include "verifier/model/verdict.hpp"

namespace parallax::codec {

/// What findings are, as values: the cause, and place and values of each difference. It stands
/// behind all else, in verdicts of version 4 and bundles of version 2, so that older ones keep
/// their bytes and hashes. What has none of it was recorded before there was any.

/// `cause`, then the values of `first`, then those of each of `derived`, without their number.
void write_values(FieldsEncoder& encoder, const model::Finding& finding);
/// Into a finding whose other fields are read already.
void read_values(FieldsDecoder& decoder, base::ByteReader& reader, model::Finding& finding);

/// Whether anything of it is there.
[[nodiscard]] bool has_values(const model::Finding& finding);
/// The same of a verdict, whose lanes may know of a second run of the control as well.
[[nodiscard]] bool has_values(const model::Verdict& verdict);

/// The second run of each lane, then the values of each finding.
void write_values(FieldsEncoder& encoder, const model::Verdict& verdict);
void read_values(FieldsDecoder& decoder, base::ByteReader& reader, model::Verdict& verdict);

}  // namespace parallax::codec
