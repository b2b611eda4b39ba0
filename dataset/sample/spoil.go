package sample

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// SpoiledDir is the folder that WriteSpoiled makes in the one that it is given.
const SpoiledDir = "spoiled"

// mistake is a value that stands in a file instead of the right one.
type mistake struct {
	file, column, value string
	// row is which row has it, from 1; 0 for the last.
	row int64
}

// mistakes are what is wrong with a spoiled month: a day that there is not, which no
// table can hold, and hours that a rule refuses.
var mistakes = []mistake{
	{file: "users.csv", column: "signup_date", value: "2022-02-30", row: 11},
	{file: "usage_agg_30d.csv", column: "watch_hours_30d", value: "-1.5"},
}

// WriteSpoiled writes the last month into dir/spoiled, with mistakes to look at what
// becomes of them: a signup_date that is no day, and negative hours in the last row of
// the usage. The manifest is right: the files were delivered as they are.
func WriteSpoiled(dir string, o Options) (Month, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Month{}, err
	}
	last := o.Months - 1
	month := Month{Dir: filepath.Join(dir, SpoiledDir), AsOf: o.asOf(last), spoiled: true}
	if err := month.write(newCast(o), last); err != nil {
		return Month{}, fmt.Errorf("write sample data into %s: %w", month.Dir, err)
	}
	return month, nil
}

// spoil gives the files of a month of so many rows their mistakes.
func spoil(files []*file, rows int64) {
	for _, m := range mistakes {
		for _, f := range files {
			if f.file != m.file {
				continue
			}
			at := m.row
			if at == 0 || at > rows {
				at = rows
			}
			column := slices.Index(strings.Split(f.header, ","), m.column)
			f.wrong = func(row int64, text string) string {
				if row != at {
					return text
				}
				fields := strings.Split(text, ",")
				fields[column] = m.value
				return strings.Join(fields, ",")
			}
		}
	}
}
