package manifest

// kind is what a field holds.
type kind int

const (
	kindText kind = iota + 1
	kindDay
	kindFileName
	kindSHA256
	kindCount
	kindFiles
	// kindOwn is anything: StreamFlow does not look at it.
	kindOwn
)

// field is one key of an object of the manifest.
type field struct {
	name     string
	kind     kind
	required bool
	doc      string
	example  any
}

// MaxBytes is the largest manifest that is read, in bytes; MaxFiles is how many files it
// lists at most. A dataset has two hundred tables at most.
const (
	MaxBytes = 4 << 20
	MaxFiles = 10_000
)

// document are the fields of the manifest, in the order of the reference.
var document = []field{
	{"dataset", kindText, false, "Name of the dataset that the files are of. A run that was asked for another one is refused with AS_OF_MISMATCH before anything is read.", "streamflow"},
	{"as_of", kindDay, false, "The date that the files describe, YYYY-MM-DD. A run that was asked for another one is refused with AS_OF_MISMATCH before anything is read.", "2024-01-31"},
	{"files", kindFiles, false, "The files of the delivery. Where the manifest has this list, every table's file stands in it.", nil},
	{"meta", kindOwn, false, "What the maker of the delivery wants to say besides. StreamFlow does not look at it.", map[string]any{"made_by": "warehouse export 7"}},
	{"$schema", kindText, false, "Where the schema is that an editor checks the manifest with. StreamFlow does not look at it.", nil},
}

// listed are the fields of one file in it.
var listed = []field{
	{"name", kindFileName, true, "Name of the file, as the dataset has it: the plain name, or the path below the source with / between folders.", "users.csv"},
	{"sha256", kindSHA256, false, "SHA-256 of the whole file, as 64 hex digits.", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
	{"rows", kindCount, false, "Rows of the file without its header, those included that cannot be read.", 7043},
	{"bytes", kindCount, false, "Size of the whole file in bytes.", 401552},
	{"meta", kindOwn, false, "As above, of the file.", nil},
}

// says are the fields of the document of which a manifest says at least one.
var says = []string{"dataset", "as_of", "files"}

func names(fields []field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}
