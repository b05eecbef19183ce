fuzz_mime_MODS := mime
fuzz_header_MODS := mime
fuzz_decode_MODS := mime
fuzz_submit_MODS := mime
