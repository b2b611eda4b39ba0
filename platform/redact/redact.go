// Package redact takes rows out of what was written about them: the rows that findings list,
// and their keys in quotes in a sentence. Counts stay, since they say nothing of whom.
package redact

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Keys are the keys whose rows are taken out, by the table's name. The zero value has none.
type Keys struct {
	tables map[string]set
	// parents are the tables that the rows of each refer to: what is said of them may name
	// keys of those.
	parents map[string][]string
	// values are the values of all keys, and what stands in their place.
	values map[string]bool
	open   Opener
}

// Opener decrypts a personal value that is sealed beside a text; ok is false where its key is
// gone.
type Opener func(*stepv1.SealedValue) (value string, ok bool)

// Opens has sealed values decrypted, where what stands in their place says nothing of whose
// they are.
func (k *Keys) Opens(open Opener) { k.open = open }

// set has keys as texts: whole, by their values, and as sentences quote them.
type set struct {
	whole  map[string]bool
	quoted map[string]bool
}

// Mark stands where a key stood.
const Mark = "(erased)"

// Add adds the key of a row, one text per column.
func (k *Keys) Add(table string, key []string) {
	s, ok := k.tables[table]
	if !ok {
		if k.tables == nil {
			k.tables = map[string]set{}
		}
		s = set{whole: map[string]bool{}, quoted: map[string]bool{}}
		k.tables[table] = s
	}
	s.whole[joined(key)] = true
	if k.values == nil {
		k.values = map[string]bool{}
	}
	for _, v := range key {
		k.values[cut(v, maxListed)] = true
	}
	for _, form := range []string{strings.Join(key, ", "), cut(strings.Join(key, ", "), maxQuoted)} {
		s.quoted[strconv.Quote(form)] = true
	}
}

// Alias lets another name stand for a table, as a snapshot does.
func (k *Keys) Alias(name, table string) {
	if s, ok := k.tables[table]; ok {
		k.tables[name] = s
	}
}

// Refer says that rows of a table refer to those of another.
func (k *Keys) Refer(table, parent string) {
	if k.parents == nil {
		k.parents = map[string][]string{}
	}
	k.parents[table] = append(k.parents[table], parent)
}

// How long values are in what findings list, and in sentences: longer ones end with ….
const (
	maxListed = 200
	maxQuoted = 40
)

// joined is the key as one text, its values cut as lists cut them.
func joined(key []string) string {
	values := make([]string, len(key))
	for i, v := range key {
		values[i] = cut(v, maxListed)
	}
	return strings.Join(values, "\x00")
}

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// Has says whether a row's key is one of a table's keys.
func (k *Keys) Has(table string, key []string) bool {
	s, ok := k.tables[table]
	return ok && len(key) > 0 && s.whole[joined(key)]
}

var quotes = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// details are how PostgreSQL names the key of a row that a constraint refuses, of history
// with its date behind it: Key (user_id, as_of)=(u1, 2024-01-31) already exists.
var details = regexp.MustCompile(`(Key \([^=]*\)=\()(.*?)((?:, \d{4}-\d{2}-\d{2})?\) (?:already exists|is (?:still referenced|not present|duplicated)))`)

// Text marks what a sentence quotes of the keys of a table, of all of them where it names
// none, and says whether there was any.
func (k *Keys) Text(table, sentence string) (string, bool) {
	found := false
	out := details.ReplaceAllStringFunc(sentence, func(d string) string {
		part := details.FindStringSubmatch(d)
		if !k.quotes(table, strconv.Quote(part[2])) {
			return d
		}
		found = true
		return part[1] + Mark + part[3]
	})
	out = quotes.ReplaceAllStringFunc(out, func(q string) string {
		if !k.quotes(table, q) {
			return q
		}
		found = true
		return Mark
	})
	return out, found
}

func (k *Keys) quotes(table, quoted string) bool {
	if table == "" {
		for _, s := range k.tables {
			if s.quoted[quoted] {
				return true
			}
		}
		return false
	}
	return k.tables[table].quoted[quoted] ||
		slices.ContainsFunc(k.parents[table], func(parent string) bool { return k.tables[parent].quoted[quoted] })
}

// Findings takes the rows out of findings, and out of those that follow from them. It
// returns how many rows, and sentences about them, there were.
func (k *Keys) Findings(all []*stepv1.Finding) (n int) {
	for _, f := range all {
		gone, values := k.rows(f)
		n += gone
		for _, r := range f.GetRows() {
			n += k.row(f.GetTable(), r)
		}
		said := 0
		for _, s := range []*string{&f.Message, &f.Expected, &f.Found, &f.Action} {
			said += k.sentence(f.GetTable(), s)
		}
		if k.dropSealed(f.GetSealed(), values) && said == 0 {
			said = 1
		}
		n += said + k.Findings(f.GetFollows())
	}
	return n
}

// rows takes the rows out of a finding, and their values out of what it says was found.
func (k *Keys) rows(f *stepv1.Finding) (n int, sealed map[string]bool) {
	values := map[string]bool{}
	sealed = map[string]bool{}
	f.Rows = slices.DeleteFunc(f.Rows, func(r *stepv1.RowLocation) bool {
		gone := k.HasRow(f.GetTable(), r.GetKey(), r.GetSealed())
		if gone && r.GetValue() != "" {
			values[strconv.Quote(r.GetValue())], values[strconv.Quote(cut(r.GetValue(), maxQuoted))] = true, true
		}
		if gone {
			n++
			k.opened(r.GetSealed(), func(_ *stepv1.SealedValue, value string) { sealed[value] = true })
		}
		return gone
	})
	for _, s := range []*string{&f.Message, &f.Found} {
		*s = quotes.ReplaceAllStringFunc(*s, func(q string) string {
			if values[q] {
				return Mark
			}
			return q
		})
	}
	return n, sealed
}

// row takes what a row that stays says of the keys.
func (k *Keys) row(table string, r *stepv1.RowLocation) (n int) {
	n = k.sentence(table, &r.Detail)
	if r.GetValue() != "" && k.quotes(table, strconv.Quote(r.GetValue())) {
		r.Value, n = Mark, n+1
	}
	if k.dropSealed(r.GetSealed(), nil) && n == 0 {
		n = 1
	}
	return n
}

func (k *Keys) sentence(table string, s *string) int {
	out, found := k.Text(table, *s)
	if !found {
		return 0
	}
	*s = out
	return 1
}

// Restated takes the first rows out of what superseding changed.
func (k *Keys) Restated(all []*stepv1.RestatedSnapshot) (n int) {
	for _, s := range all {
		before := len(s.GetFirst())
		s.First = slices.DeleteFunc(s.First, func(r *stepv1.RestatedRow) bool { return k.HasRow(s.GetSnapshot(), r.GetKey(), r.GetSealed()) })
		n += before - len(s.GetFirst())
	}
	return n
}
