package stage

import (
	"bytes"
	"errors"
	"io"
)

// magics are how files begin that are often delivered under a CSV's name.
var magics = []struct{ begins, what string }{
	{"\x1f\x8b", "a gzip file"},
	{"\x28\xb5\x2f\xfd", "a zstd file"},
	{"PK\x03\x04", "a ZIP file, as spreadsheets are"},
	{"PAR1", "a Parquet file"},
	{"\xff\xfe", "UTF-16 text"},
	{"\xfe\xff", "UTF-16 text"},
}

// sniff looks at the first bytes of a file. It returns the content from its beginning,
// or what the file is where it is no CSV.
func sniff(file io.Reader) (content io.Reader, other string, err error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, "", err
	}
	head = head[:n]
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.begins)) {
			return nil, m.what, nil
		}
	}
	return io.MultiReader(bytes.NewReader(head), file), "", nil
}
