package command

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// readKeys reads keys as records of CSV: those that are given, then those of a file.
func (a *app) readKeys(given []string, file string) ([]*stepv1.EraseKey, error) {
	var all []*stepv1.EraseKey
	for _, one := range given {
		keys, err := keysOf(strings.NewReader(one))
		if err != nil {
			return nil, fmt.Errorf("--key: expected a record of CSV: %w", err)
		}
		if len(keys) != 1 {
			return nil, fmt.Errorf("--key: expected one key, found %d", len(keys))
		}
		all = append(all, keys...)
	}
	if file == "" {
		return all, nil
	}
	from := a.proc.In
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("--keys-file: %w", err)
		}
		defer func() { _ = f.Close() }() // it was only read
		from = f
	}
	keys, err := keysOf(from)
	if err != nil {
		return nil, fmt.Errorf("--keys-file: expected one key to a line, as CSV: %w", err)
	}
	return append(all, keys...), nil
}

// byteOrderMark may stand before the first key, as some editors put it there.
const byteOrderMark = "\ufeff"

func keysOf(from io.Reader) ([]*stepv1.EraseKey, error) {
	r := csv.NewReader(from)
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
		if len(all) == 0 {
			record[0] = strings.TrimPrefix(record[0], byteOrderMark)
		}
		all = append(all, &stepv1.EraseKey{Values: record})
	}
}
