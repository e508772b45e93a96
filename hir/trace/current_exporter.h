// The exporter of this process, for hir/trace alone.
#ifndef HIR_TRACE_CURRENT_EXPORTER_H_
#define HIR_TRACE_CURRENT_EXPORTER_H_

namespace hir {

class TraceExporter;

// Null when there is none.
TraceExporter* CurrentExporter();

}  // namespace hir

#endif  // HIR_TRACE_CURRENT_EXPORTER_H_
