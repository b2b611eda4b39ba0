package sample

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Month is what was written for one month.
type Month struct {
	// Dir is the folder, dir/month_000 for the first month.
	Dir string
	// AsOf is the date that the month describes.
	AsOf time.Time
	// Manifest is what manifest.json in the folder says.
	Manifest Manifest
	// spoiled says that its files have mistakes.
	spoiled bool
}

// Write writes every month into a folder of its own in dir: month_000,
// month_001, …, each with the six files and a manifest.json. Files that are
// there already are replaced. It returns the months that it wrote.
func Write(dir string, o Options) ([]Month, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	months := make([]Month, 0, o.Months)
	for number := range o.Months {
		month, err := WriteMonth(dir, o, number)
		if err != nil {
			return months, err
		}
		months = append(months, month)
	}
	return months, nil
}

// WriteMonth writes one month, by its number from 0: the same bytes as Write
// writes for it with the same options.
func WriteMonth(dir string, o Options, number int) (Month, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Month{}, err
	}
	if number < 0 || number >= o.Months {
		return Month{}, fmt.Errorf("expected a month from 0 to %d, found %d", o.Months-1, number)
	}
	month := Month{Dir: filepath.Join(dir, fmt.Sprintf("month_%03d", number)), AsOf: o.asOf(number)}
	if err := month.write(newCast(o), number); err != nil {
		return Month{}, fmt.Errorf("write sample data into %s: %w", month.Dir, err)
	}
	return month, nil
}

// write writes the manifest last, after removing an old one, so that a folder
// with a manifest is a whole delivery.
func (m *Month) write(c *cast, number int) error {
	if err := os.MkdirAll(m.Dir, 0o755); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(m.Dir, manifestName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	files, err := create(m.Dir)
	if m.spoiled {
		spoil(files, c.rows(number))
	}
	if err == nil {
		err = writeRows(files, c, number)
	}
	for _, f := range files {
		err = errors.Join(err, f.finish())
	}
	if err != nil {
		return err
	}
	m.Manifest = manifestOf(m.AsOf, files)
	return m.Manifest.write(m.Dir)
}

// rows counts the users of a month.
func (c *cast) rows(month int) int64 {
	n := int64(0)
	for index := range c.until(month) {
		if c.here(index, month) {
			n++
		}
	}
	return n
}

// writeRows goes through the month's users once and writes their row of each file.
func writeRows(files []*file, c *cast, month int) error {
	for index := range c.until(month) {
		if !c.here(index, month) {
			continue
		}
		p := c.newPerson(index)
		now := p.in(month, newStream(c.options.Seed, index, 1+uint64(month)))
		for _, f := range files {
			if err := f.add(&p, now); err != nil {
				return err
			}
		}
	}
	return nil
}
