package difference

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// errTruncated is the error of bytes that end before the array that they begin.
var errTruncated = errors.New("expected an array in PostgreSQL's binary format, found one that is cut short")

// decodeRow reads what every query of query.go answers with, in PostgreSQL's binary format:
// a row that differs, or one of counts, which has no key. A row may be all that is told of a
// million of them, which is why its arrays are not read by the driver's general way, with an
// allocation for each value.
func decodeRow(values [][]byte) (r Row, counts []int64, err error) {
	if len(values) != 7 {
		return r, nil, fmt.Errorf("expected 7 columns of a row that differs, found %d", len(values))
	}
	if values[0] == nil {
		counts, err = int64s(values[6])
		return r, counts, err
	}
	key, err := texts(values[0])
	if err != nil {
		return r, nil, err
	}
	r.Key = make([]string, len(key))
	for i, k := range key {
		if k == nil {
			return r, nil, fmt.Errorf("expected a value in column %d of the key, found NULL", i+1)
		}
		r.Key[i] = *k
	}
	r.Removed, r.Added = truth(values[1]), truth(values[2])
	if r.Differs, err = bools(values[3]); err != nil {
		return r, nil, err
	}
	if r.From, err = texts(values[4]); err != nil {
		return r, nil, err
	}
	r.To, err = texts(values[5])
	return r, nil, err
}

// truth reads a boolean; NULL is false.
func truth(value []byte) bool { return len(value) == 1 && value[0] == 1 }

// elements tells the elements of an array of one dimension one by one, nil for NULL: a
// header of 12 bytes (dimensions, flags, type), then length and lower bound of the
// dimension, then each element behind its length, -1 for NULL, as array_send writes it.
// An array of no dimension has no elements.
func elements(array []byte, begin func(n int), each func(i int, element []byte) error) error {
	if len(array) < 12 {
		return errTruncated
	}
	switch dimensions := binary.BigEndian.Uint32(array); {
	case dimensions == 0:
		return nil
	case dimensions != 1:
		return fmt.Errorf("expected an array of one dimension, found one of %d", dimensions)
	case len(array) < 20:
		return errTruncated
	}
	n := int(binary.BigEndian.Uint32(array[12:]))
	rest := array[20:]
	if n > len(rest)/4 {
		return errTruncated
	}
	begin(n)
	for i := range n {
		if len(rest) < 4 {
			return errTruncated
		}
		size := int32(binary.BigEndian.Uint32(rest)) // #nosec G115 -- -1 is NULL
		rest = rest[4:]
		var element []byte
		if size >= 0 {
			if int(size) > len(rest) {
				return errTruncated
			}
			element, rest = rest[:size:size], rest[size:]
		}
		if err := each(i, element); err != nil {
			return err
		}
	}
	return nil
}

// texts reads an array of texts, nil for NULL. All of them share one string.
func texts(array []byte) (all []*string, err error) {
	whole := string(array)
	var values []string
	at := 20
	err = elements(array, func(n int) { all, values = make([]*string, n), make([]string, n) }, func(i int, element []byte) error {
		at += 4
		if element != nil {
			values[i] = whole[at : at+len(element)]
			all[i] = &values[i]
			at += len(element)
		}
		return nil
	})
	return all, err
}

// bools reads an array of booleans.
func bools(array []byte) (all []bool, err error) {
	err = elements(array, func(n int) { all = make([]bool, n) }, func(i int, element []byte) error {
		all[i] = truth(element)
		return nil
	})
	return all, err
}

// int64s reads an array of bigint.
func int64s(array []byte) (all []int64, err error) {
	err = elements(array, func(n int) { all = make([]int64, n) }, func(i int, element []byte) error {
		if len(element) != 8 {
			return fmt.Errorf("expected a bigint of 8 bytes, found %d", len(element))
		}
		all[i] = int64(binary.BigEndian.Uint64(element)) // #nosec G115 -- as PostgreSQL sends it
		return nil
	})
	return all, err
}
