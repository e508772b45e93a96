#include "hir/http/server_url.h"

#include <curl/curl.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace hir {
namespace {

// A part of a parsed URL; empty if the URL lacks it.
std::string Part(CURLU* parsed, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(parsed, part, &text, 0) != CURLUE_OK) return "";
  const std::string copy = text;
  curl_free(text);
  return copy;
}

}  // namespace

absl::StatusOr<std::string> NormalServerUrl(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  // Other schemes pass here, so that they are refused below as everything else is.
  const bool read =
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
  const std::string scheme = Part(parsed.get(), CURLUPART_SCHEME);
  const std::string host = Part(parsed.get(), CURLUPART_HOST);
  const std::string port = Part(parsed.get(), CURLUPART_PORT);
  const std::string path = Part(parsed.get(), CURLUPART_PATH);
  bool more = !path.empty() && path != "/";
  for (const CURLUPart part :
       {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    more = more || !Part(parsed.get(), part).empty();
  }
  if (!read || more || host.empty() || port.empty() || (scheme != "http" && scheme != "https")) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", url,
                     "\" is not the address of a web server; write http://HOST:PORT or "
                     "https://HOST:PORT"));
  }
  return absl::StrCat(scheme, "://", absl::AsciiStrToLower(host), ":", port);
}

}  // namespace hir
