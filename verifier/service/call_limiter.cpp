#include "verifier/service/call_limiter.hpp"

#include "verifier/core/mutex.hpp"

#include <grpcpp/server_context.h>

#include <list>
#include <optional>
#include <string_view>
#include <utility>

namespace parallax {
namespace {

using grpc::experimental::ServerRpcInfo;

bool is_bounded(std::string_view method) {
    return method.starts_with("/grpc.reflection.") ||
           method == "/parallax.v1.VerifierService/FetchBundle";
}

}  // namespace

/// The calls that are open, the oldest first.
class CallLimiter::Calls {
  public:
    using Position = std::list<grpc::ServerContextBase*>::iterator;

    explicit Calls(std::size_t max_calls) : max_calls_(max_calls) {}

    [[nodiscard]] Position enter(grpc::ServerContextBase& call) {
        MutexLock lock(mutex_);
        const Position place = open_.insert(open_.end(), &call);
        // They leave when their threads have seen it: until then there are more than allowed.
        std::size_t excess = open_.size() > max_calls_ ? open_.size() - max_calls_ : 0;
        for (auto oldest = open_.begin(); excess > 0; ++oldest, --excess) {
            (*oldest)->TryCancel();
        }
        return place;
    }
    void leave(Position place) {
        MutexLock lock(mutex_);
        open_.erase(place);
    }

  private:
    const std::size_t max_calls_;
    Mutex mutex_;
    std::list<grpc::ServerContextBase*> open_ VERIFIER_GUARDED_BY(mutex_);
};

/// One call's place; does nothing on its way.
class CallLimiter::Place final : public grpc::experimental::Interceptor {
  public:
    Place(std::shared_ptr<Calls> calls, grpc::ServerContextBase& call)
        : calls_(std::move(calls)), call_(call) {}
    ~Place() override { leave(); }
    void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
        using Hook = grpc::experimental::InterceptionHookPoints;
        // Between these two the context has a call that can be cancelled.
        if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_INITIAL_METADATA)) {
            position_ = calls_->enter(call_);
        }
        if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_CLOSE)) {
            leave();
        }
        methods->Proceed();
    }

  private:
    void leave() {
        if (position_) {
            calls_->leave(*std::exchange(position_, std::nullopt));
        }
    }

    const std::shared_ptr<Calls> calls_;
    grpc::ServerContextBase& call_;
    std::optional<Calls::Position> position_;
};

CallLimiter::CallLimiter(std::size_t max_calls) : calls_(std::make_shared<Calls>(max_calls)) {}
CallLimiter::~CallLimiter() = default;

grpc::experimental::Interceptor* CallLimiter::CreateServerInterceptor(ServerRpcInfo* info) {
    return is_bounded(info->method()) ? new Place(calls_, *info->server_context()) : nullptr;
}

}  // namespace parallax
