package command

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/streamflow/streamflow/platform/charset"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// readKeys reads keys as records of CSV: those that are given, then those of a file.
func (a *app) readKeys(given []string, file string) (all, ofFile []*stepv1.EraseKey, err error) {
	for _, one := range given {
		keys, err := keysOf([]byte(one))
		if err != nil {
			return nil, nil, fmt.Errorf("--key: expected a record of CSV: %w", err)
		}
		if len(keys) != 1 {
			return nil, nil, fmt.Errorf("--key: expected one key, found %d", len(keys))
		}
		all = append(all, keys...)
	}
	if file == "" {
		return all, nil, nil
	}
	text, err := a.readKeysFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("--keys-file: %w", err)
	}
	keys, err := keysOf(withoutBlankEnd(text))
	if err != nil {
		return nil, nil, fmt.Errorf("--keys-file: expected one key to a line, as CSV: %w", err)
	}
	return append(all, keys...), keys, nil
}

func (a *app) readKeysFile(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(a.proc.In)
	}
	return os.ReadFile(file)
}

// withoutBlankEnd takes away what people leave behind the last key: lines of blanks. Before
// the last key a blank is a value as any other.
func withoutBlankEnd(text []byte) []byte {
	for {
		body := bytes.TrimRight(text, "\r\n")
		at := bytes.LastIndexByte(body, '\n') + 1
		if last := body[at:]; len(last) == 0 || len(bytes.Trim(last, " \t\r")) > 0 {
			return body
		}
		text = body[:at]
	}
}

// byteOrderMark may stand before the first key, as some editors put it there.
const byteOrderMark = "\ufeff"

func keysOf(text []byte) ([]*stepv1.EraseKey, error) {
	if err := inUTF8(text); err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), byteOrderMark)))
	r.FieldsPerRecord = -1 // the table says how many, and the service holds them to it
	var all []*stepv1.EraseKey
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, &stepv1.EraseKey{Values: record})
	}
}

// inUTF8 refuses text of another encoding, and says which it likely is. It shows no more of a
// key than one character.
func inUTF8(text []byte) error {
	if wide := charset.Wide(text); wide != "" {
		return fmt.Errorf("expected text in UTF-8, found %s; save it as UTF-8", wide)
	}
	for n, line := range bytes.Split(text, []byte("\n")) {
		if found := charset.Guess(line); found != "" {
			return fmt.Errorf("line %d: expected text in UTF-8, found %s; save it as UTF-8", n+1, found)
		}
	}
	return nil
}
