// The prompt of data/judge_prompt.txt, linked into the program.
    .section .rodata
    .global hir_judge_prompt_begin
    .global hir_judge_prompt_end
hir_judge_prompt_begin:
    .incbin "judge_prompt.txt"
hir_judge_prompt_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
