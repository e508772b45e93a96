#include "hir/checkers/remote/service/checker_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "hir/domain/wire/verdict.h"
#include "hir/rpc/channel.h"
#include "hir/rpc/status.h"
#include "hir/text/python/unicode.h"

namespace hir::remote {
namespace {

using checker::v1::CheckRequest;
using checker::v1::CheckResponse;

CheckResult ToResult(const CheckResponse& response) {
  const Verdict verdict = FromProto(response.verdict());
  if (verdict != Verdict::kUndecidable) return PassIf(verdict == Verdict::kPass);
  if (response.verdict() != common::v1::VERDICT_UNDECIDABLE) {
    return Undecidable("The checker service answered without a verdict.");
  }
  if (!response.reason().empty()) return Undecidable(QuoteForMessage(response.reason()));
  return Undecidable("The checker service can't tell and gives no reason.");
}

class ServiceChecker : public Checker {
 public:
  ServiceChecker(std::shared_ptr<checker::v1::Checker::StubInterface> stub,
                 const CheckerServiceOptions& options, Clock& clock, CheckRequest request)
      : stub_(std::move(stub)), options_(options), clock_(clock), request_(std::move(request)) {}

  bool waits() const override { return true; }

  CheckResult Check(const ResponseText& text) const override {
    CheckRequest request = request_;
    request.set_response(python::EncodeUtf8(text.text()));
    CheckResponse response;
    const absl::Time deadline = clock_.Now() + options_.timeout;
    RetryPolicy retry = options_.retry;
    retry.max_elapsed = std::min(retry.max_elapsed, options_.timeout);
    const absl::Status status = Retry(
        clock_, retry,
        [&] {
          grpc::ClientContext context;
          PrepareCall(context, deadline - clock_.Now());
          return FromGrpc(stub_->Check(&context, request, &response));
        },
        [] { return false; });
    if (!status.ok()) {
      return Undecidable(absl::StrCat(
          "The checker service fails: ", QuoteForMessage(std::string(status.message())), "."));
    }
    return ToResult(response);
  }

 private:
  const std::shared_ptr<checker::v1::Checker::StubInterface> stub_;
  const CheckerServiceOptions options_;
  Clock& clock_;
  const CheckRequest request_;  // Without the response.
};

}  // namespace

absl::Status Validate(const CheckerServiceOptions& options) {
  if (options.timeout > absl::ZeroDuration()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--external-timeout-seconds can't be ",
                                                 absl::ToDoubleSeconds(options.timeout),
                                                 "; it is above 0."));
}

void EnableCheckerService(CheckerRegistry& registry,
                          std::shared_ptr<checker::v1::Checker::StubInterface> stub,
                          const CheckerServiceOptions& options, Clock& clock) {
  registry.Enable(
      "external:check",
      [stub = std::move(stub), options, &clock](const Arguments& arguments) -> StatusOrChecker {
        CheckRequest request;
        request.set_checker(python::EncodeUtf8(arguments.String("checker")));
        request.set_arguments_json(arguments.Has("arguments") ? arguments.Object("arguments").dump()
                                                              : "{}");
        return std::make_unique<ServiceChecker>(stub, options, clock, std::move(request));
      });
}

}  // namespace hir::remote
