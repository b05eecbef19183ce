fuzz_mime_MODS := mime
fuzz_header_MODS := mime
fuzz_decode_MODS := mime
