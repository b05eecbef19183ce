fuzz_ipc_MODS := ipc
