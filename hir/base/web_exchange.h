// One request of an HTTP client, and where its answer goes.
#ifndef HIR_BASE_WEB_EXCHANGE_H_
#define HIR_BASE_WEB_EXCHANGE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace hir {

struct WebRequest {
  std::string client;  // Its address, without the port.
  std::string method;
  std::string path;                            // Without the query; not decoded.
  std::string query;                           // What follows '?'.
  std::map<std::string, std::string> headers;  // Names in lower case; of two equal ones the last.
  std::string body;
};

// Where the answer to one request goes. Used by the handler's thread.
class WebReply {
 public:
  virtual ~WebReply() = default;

  // Answers with a whole document, and does not wait for the client to take it. `headers` are more
  // lines, each with its line end. Once, and not after Begin().
  virtual void Send(int code, const std::string& content_type, std::string body,
                    const std::string& headers = "") = 0;
  // Answers 200 with a document that goes out as it comes, by Write(), and ends with the handler.
  virtual void Begin(const std::string& content_type, const std::string& headers = "") = 0;
  // Blocks until the client's side took the piece. False: it left, or took nothing for the
  // server's write deadline; then nothing more can be sent.
  virtual bool Write(std::string piece) = 0;
  // As long as what this returns lives, `call` is called, at most once, when the client goes away.
  // `call` must not block. A client that ends its sending half counts as gone.
  virtual std::shared_ptr<void> WhenClientLeaves(std::function<void()> call) = 0;
};

// May block: it has a thread to itself. An exception becomes an answer 500.
using WebHandler = std::function<void(const WebRequest&, WebReply&)>;

}  // namespace hir

#endif  // HIR_BASE_WEB_EXCHANGE_H_
