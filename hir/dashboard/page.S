// The files of page/ and uPlot, linked into the program. A file of the page is what lies between its two symbols.
    .section .rodata

    .macro begin name
    .global hir_dashboard_\name\()_begin
hir_dashboard_\name\()_begin:
    .endm

    .macro end name
    .global hir_dashboard_\name\()_end
hir_dashboard_\name\()_end:
    .byte 0
    .endm

    begin index
    .incbin "index.html"
    end index

    begin style
    .incbin "style.css"
    end style

    begin app
    .incbin "catalogue.js"
    .incbin "lines.js"
    .incbin "charts.js"
    .incbin "responses.js"
    .incbin "app.js"
    end app

    begin uplot_style
    .incbin "uplot/dist/uPlot.min.css"
    end uplot_style

    // Its licence goes wherever it goes, so into reports too.
    begin uplot
    .ascii "/*\n"
    .incbin "uplot/LICENSE"
    .ascii "*/\n"
    .incbin "uplot/dist/uPlot.iife.min.js"
    end uplot

    .section .note.GNU-stack,"",%progbits
