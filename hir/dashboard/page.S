// The files of page/, linked into the program.
    .section .rodata

    .macro embed name, file
    .global hir_dashboard_\name\()_begin
    .global hir_dashboard_\name\()_end
hir_dashboard_\name\()_begin:
    .incbin "\file"
hir_dashboard_\name\()_end:
    .byte 0
    .endm

    embed index, index.html
    embed app, app.js
    embed style, style.css

    .section .note.GNU-stack,"",%progbits
