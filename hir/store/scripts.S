// The files of scripts/, linked into the program, and the table by which they are found: for each
// file its name, the first byte of its text and the byte after the last.
    .macro embed name
    .section .rodata
1:  .asciz "\name"
2:  .incbin "\name\().lua"
3:  .byte 0
    .section .data.rel.ro, "aw"
    .quad 1b, 2b, 3b
    .endm

    .section .data.rel.ro, "aw"
    .balign 8
    .global hir_store_scripts
hir_store_scripts:
    embed shared/common
    embed shared/end_lease
    embed shared/fence
    embed shared/release
    embed shared/require_run
    embed advance_version
    embed change_config
    embed commit_checkpoint
    embed create_run
    embed freeze
    embed get_progress
    embed get_run
    embed get_sample_context
    embed get_step
    embed get_step_tasks
    embed give_up
    embed insert
    embed lease_tasks
    embed list_digests
    embed list_workers
    embed put_tasks
    embed read_manifest
    embed read_samples
    embed renew_leases
    embed take_incarnation
    .global hir_store_script_count
hir_store_script_count:
    .quad (hir_store_script_count - hir_store_scripts) / 24

    .section .note.GNU-stack,"",%progbits
