"""Takes OTLP traces over HTTP, in JSON: trace_collector.py PORT_FILE SPANS_FILE. Tells its port in the first file; writes
a span a line into the second, with the service that sent it.
"""

import http.server
import json
import os
import sys


class Collector(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with open(sys.argv[2], "a") as file:
            for resource in body["resourceSpans"]:
                (service,) = [attribute["value"]["stringValue"] for attribute in resource["resource"]["attributes"]
                              if attribute["key"] == "service.name"]
                for scope in resource["scopeSpans"]:
                    for span in scope["spans"]:
                        file.write(json.dumps({**span, "service": service}) + "\n")
        self.send_response(200 if self.path == "/v1/traces" else 404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


def main():
    # One connection after another, so that lines stay whole.
    server = http.server.HTTPServer(("127.0.0.1", 0), Collector)
    server.RequestHandlerClass.timeout = 0.2
    with open(sys.argv[1] + ".tmp", "w") as file:
        file.write(str(server.server_address[1]))
    os.rename(sys.argv[1] + ".tmp", sys.argv[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
