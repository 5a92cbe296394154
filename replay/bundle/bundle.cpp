#include "replay/bundle/bundle.hpp"

#include "replay/archive/output_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace parallax::replay {
namespace {

/// A descriptor that closes itself.
class OpenFile {
  public:
    explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
    ~OpenFile() {
        if (descriptor_ >= 0) {
            close(descriptor_);
        }
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    [[nodiscard]] int get() const noexcept { return descriptor_; }

  private:
    const int descriptor_;
};

absl::Status system_error(const std::string& what) {
    return absl::ErrnoToStatus(errno, what);
}

absl::StatusOr<base::Bytes> read_all(int descriptor, std::size_t limit) {
    base::Bytes bytes;
    constexpr std::size_t kPiece = 1024UL * 1024;
    for (;;) {
        const std::size_t begin = bytes.size();
        bytes.resize(begin + kPiece);
        const ssize_t count = read(descriptor, bytes.data() + begin, kPiece);
        bytes.resize(begin + (count > 0 ? static_cast<std::size_t>(count) : 0));
        if (count < 0 && errno != EINTR) {
            return system_error("cannot be read");
        }
        if (count == 0) {
            return bytes;
        }
        if (bytes.size() > limit) {
            return absl::DataLossError(fmt::format("is damaged: it has more than {} bytes", limit));
        }
    }
}

absl::Status named(const std::string& path, const absl::Status& status) {
    return {status.code(), fmt::format("bundle {} {}", path, std::string(status.message()))};
}

}  // namespace

absl::StatusOr<Bundle> read_bundle(const std::string& path,
                                   const protocol::ProtocolSet& protocols) {
    const OpenFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) {
        return system_error("cannot open bundle " + path);
    }
    const auto bytes =
        read_all(file.get(), kBundlePreambleSize + kMaxBundleBody + kBundleDigestSize);
    if (!bytes.ok()) {
        return named(path, bytes.status());
    }
    auto bundle = decode_bundle(*bytes, protocols);
    return bundle.ok() ? std::move(bundle) : named(path, bundle.status());
}

absl::Status write_bundle(const Bundle& bundle, const std::string& path) {
    const base::Bytes bytes = encode_bundle(bundle);
    if (bytes.size() > kBundlePreambleSize + kMaxBundleBody + kBundleDigestSize) {
        return absl::InvalidArgumentError(
            fmt::format("bundle {} would have {} bytes, more than the format's {}", path,
                        bytes.size(), kMaxBundleBody));
    }
    return write_output_file(path, "bundle", bytes);
}

absl::StatusOr<protocol::AdmittedBlock> admit_bundle(const Bundle& bundle) {
    auto block = bundle.protocol->admit(bundle.block, {bundle.placement, bundle.verification});
    if (block.ok() && !bundle.signed_transactions.empty() &&
        bundle.signed_transactions.size() != block->transactions().size()) {
        return absl::InvalidArgumentError(fmt::format("{} signed transactions for a block of {}",
                                                      bundle.signed_transactions.size(),
                                                      block->transactions().size()));
    }
    return block;
}

model::SignaturePolicy signatures_of(const Bundle& bundle) noexcept {
    return bundle.signatures_checked ? model::SignaturePolicy::kOff
                                     : bundle.configuration.signatures;
}

}  // namespace parallax::replay
