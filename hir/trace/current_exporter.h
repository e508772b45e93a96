// The exporter of this process, for use in hir/trace only.
#ifndef HIR_TRACE_CURRENT_EXPORTER_H_
#define HIR_TRACE_CURRENT_EXPORTER_H_

namespace hir {

class TraceExporter;

// The exporter of this process; null if it has none.
TraceExporter* CurrentExporter();

}  // namespace hir

#endif  // HIR_TRACE_CURRENT_EXPORTER_H_
