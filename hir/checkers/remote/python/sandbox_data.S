// worker.py and probe.py, linked into the program.
    .section .rodata

    .macro embed name, file
    .global \name\()_begin
    .global \name\()_end
\name\()_begin:
    .incbin "\file"
\name\()_end:
    .byte 0
    .endm

    embed hir_sandbox_worker, worker.py
    embed hir_sandbox_probe, probe.py

    .section .note.GNU-stack,"",%progbits
