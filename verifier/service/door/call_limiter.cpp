#include "verifier/service/door/call_limiter.hpp"

#include "verifier/base/mutex.hpp"

#include <grpcpp/server_context.h>

#include <list>
#include <optional>
#include <string_view>
#include <utility>

namespace parallax::service {
namespace {

using grpc::experimental::ServerRpcInfo;

bool is_bounded_stream(std::string_view method) {
    return method.starts_with("/grpc.reflection.") ||
           method == "/parallax.v1.VerifierService/FetchBundle";
}

bool is_registered_stream(std::string_view method) {
    return method == "/parallax.v1.VerifierService/StreamBlocks" ||
           method == "/parallax.v1.VerifierService/LoadState";
}

struct OpenCall {
    grpc::ServerContextBase* context = nullptr;
    std::chrono::nanoseconds since{0};
    bool ended = false;
};

/// Calls of one kind, the oldest first.
struct Row {
    std::size_t most = 0;
    std::chrono::nanoseconds grace{0};
    std::list<OpenCall> calls;
};

}  // namespace

struct OpenCalls::State {
    State(const Bounds& bounds, const base::Clock& the_clock, Telemetry& the_telemetry)
        : clock(the_clock),
          telemetry(the_telemetry),
          streams{bounds.streams, std::chrono::nanoseconds(0), {}},
          answers{bounds.answers, kReadingTime, {}} {}

    using Position = std::list<OpenCall>::iterator;

    Position enter(Row State::*row, grpc::ServerContextBase& call) {
        base::MutexLock lock(mutex);
        Row& own = this->*row;
        const Position place = own.calls.insert(own.calls.end(), {&call, clock.now(), false});
        end_excess(own);
        return place;
    }
    void leave(Row State::*row, Position place) {
        base::MutexLock lock(mutex);
        (this->*row).calls.erase(place);
    }
    /// They leave when their threads have seen it: until then there are more than allowed.
    void end_excess(Row& row) VERIFIER_REQUIRES(mutex) {
        const auto now = clock.now();
        std::size_t excess = row.calls.size() > row.most ? row.calls.size() - row.most : 0;
        for (auto call = row.calls.begin(); excess > 0; ++call, --excess) {
            if (!call->ended && now - call->since >= row.grace) {
                call->ended = true;
                call->context->TryCancel();
                telemetry.count_refused_call(Telemetry::CallRefusal::kCrowdedOut);
            }
        }
    }

    const base::Clock& clock;
    Telemetry& telemetry;
    base::Mutex mutex;
    Row streams VERIFIER_GUARDED_BY(mutex);
    Row answers VERIFIER_GUARDED_BY(mutex);
};

OpenCalls::OpenCalls(const Bounds& bounds, const base::Clock& clock, Telemetry& telemetry)
    : state_(std::make_unique<State>(bounds, clock, telemetry)) {}
OpenCalls::~OpenCalls() = default;

void OpenCalls::sweep() {
    base::MutexLock lock(state_->mutex);
    state_->end_excess(state_->streams);
    state_->end_excess(state_->answers);
}

/// One call's place; does nothing on its way.
class CallLimiter::Place final : public grpc::experimental::Interceptor {
  public:
    Place(OpenCalls::State& state, Row OpenCalls::State::*row, grpc::ServerContextBase& call)
        : state_(state), row_(row), call_(call) {}
    ~Place() override { leave(); }
    void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
        using Hook = grpc::experimental::InterceptionHookPoints;
        const bool is_answer = row_ == &OpenCalls::State::answers;
        // Between entering and leaving the context has a call that can be cancelled.
        if (!position_ &&
            methods->QueryInterceptionHookPoint(is_answer ? Hook::PRE_SEND_MESSAGE
                                                          : Hook::POST_RECV_INITIAL_METADATA)) {
            position_ = state_.enter(row_, call_);
        }
        if (methods->QueryInterceptionHookPoint(is_answer ? Hook::POST_SEND_MESSAGE
                                                          : Hook::POST_RECV_CLOSE)) {
            leave();
        }
        methods->Proceed();
    }

  private:
    void leave() {
        if (position_) {
            state_.leave(row_, *std::exchange(position_, std::nullopt));
        }
    }

    OpenCalls::State& state_;
    Row OpenCalls::State::*const row_;
    grpc::ServerContextBase& call_;
    std::optional<OpenCalls::State::Position> position_;
};

grpc::experimental::Interceptor* CallLimiter::CreateServerInterceptor(ServerRpcInfo* info) {
    const std::string_view method = info->method();
    if (is_registered_stream(method)) {
        return nullptr;
    }
    return new Place(
        *calls_.state_,
        is_bounded_stream(method) ? &OpenCalls::State::streams : &OpenCalls::State::answers,
        *info->server_context());
}

}  // namespace parallax::service
