// Links the files of tools/fetch_text_data.py into the program; linked_data.cc gives access to them.
    .section .rodata

    .macro embed name, file
    .global \name\()_begin
    .global \name\()_end
    .balign 16
\name\()_begin:
    .incbin "\file"
\name\()_end:
    .byte 0
    .endm

    // Around all of them, so that a file which is added is part of AllLinkedData().
    .global hir_linked_data_begin
    .global hir_linked_data_end
    .balign 16
hir_linked_data_begin:
    embed hir_punkt_abbreviations, punkt_abbreviations.txt
    embed hir_punkt_collocations, punkt_collocations.tab
    embed hir_punkt_starters, punkt_starters.txt
    embed hir_punkt_ortho, punkt_ortho.tab
    embed hir_stopwords, stopwords.txt
    embed hir_syllables, syllables.tab
    embed hir_emoji, emoji.txt
    embed hir_langdetect, langdetect.bin
hir_linked_data_end:

    .section .note.GNU-stack,"",%progbits
