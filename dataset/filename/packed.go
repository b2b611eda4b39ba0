package filename

import (
	"slices"
	"strings"
)

// packed are endings of files that hold others, or tables, in a format of their own.
var packed = []string{
	".gz", ".gzip", ".zip", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".tgz",
	".xls", ".xlsx", ".ods", ".parquet", ".avro", ".orc", ".feather",
}

// Packed returns the ending of a name that is not one of a file of text, as .gz; empty where
// it may be one.
func Packed(name string) string {
	name = strings.ToLower(name)
	if i := slices.IndexFunc(packed, func(ending string) bool { return strings.HasSuffix(name, ending) }); i >= 0 {
		return packed[i]
	}
	return ""
}
