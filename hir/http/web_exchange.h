// An HTTP request and the reply to it.
#ifndef HIR_HTTP_WEB_EXCHANGE_H_
#define HIR_HTTP_WEB_EXCHANGE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace hir {

// One complete request.
struct WebRequest {
  std::string client;  // Its address, without the port.
  std::string method;
  std::string path;   // Without the query; not decoded.
  std::string query;  // The part after '?'.
  std::map<std::string, std::string>
      headers;  // Names in lower case; a repeated one has its last value.
  std::string body;
};

// Where the answer to one request goes. Used by the handler's thread.
class WebReply {
 public:
  virtual ~WebReply() = default;

  // Answers with a whole document, and does not wait for the client to take it. `headers` are
  // further header lines, each with its line end. Call at most once, and not after Begin().
  virtual void Send(int code, const std::string& content_type, std::string body,
                    const std::string& headers = "") = 0;
  // Answers 200 with a document that is streamed by Write() and ends when the handler returns.
  virtual void Begin(const std::string& content_type, const std::string& headers = "") = 0;
  // Blocks until the client has taken the piece. False: it left, or took nothing for the length of
  // the server's write deadline; nothing more can be sent.
  virtual bool Write(std::string piece) = 0;
  // Calls `call` when the client goes away, at most once and only while the returned object lives.
  // `call` must not block. A client that shuts down its sending side counts as gone.
  virtual std::shared_ptr<void> WhenClientLeaves(std::function<void()> call) = 0;
};

// Handles one request. May block, since it runs on a thread of its own. An exception becomes an
// answer 500.
using WebHandler = std::function<void(const WebRequest&, WebReply&)>;

}  // namespace hir

#endif  // HIR_HTTP_WEB_EXCHANGE_H_
