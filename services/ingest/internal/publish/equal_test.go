package publish_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const kinds = `
name: kinds
calendar: {period: day}
tables:
  - name: things
    key: [id, code]
    departed_keys: %s
    departed_limit: %s
    columns:
      - {name: id, type: integer}
      - {name: code, type: text}
      - {name: n, type: "numeric(12,3)", optional: true}
      - {name: d, type: numeric, optional: true}
      - {name: f, type: double precision, optional: true}
      - {name: b, type: boolean, optional: true}
      - {name: t, type: text, optional: true}
      - {name: day, type: date, optional: true}
      - {name: at, type: timestamptz, time_zone: UTC, optional: true}
      - {name: j, type: jsonb, optional: true}
`

// value is the SQL of a value, and what it is: values of one meaning are equal.
type value struct{ sql, meaning string }

// pools are, by column, values of which some are written in several ways, and some come
// close to being equal.
var pools = [][]value{
	{{"null", "null"}, {"0", "0"}, {"-0.000", "0"}, {"1", "1"}, {"1.000", "1"}, {"1.001", "1.001"}, {"'NaN'", "nan"}, {"123456789.123", "big"}},
	{{"null", "null"}, {"0.1", "0.1"}, {"0.10", "0.1"}, {"0.1000000000000000000001", "more"}, {"'NaN'", "nan"}, {"'Infinity'", "inf"}, {"9007199254740993", "odd"}, {"9007199254740992", "even"}},
	{{"null", "null"}, {"0", "0"}, {"'-0'", "0"}, {"'NaN'", "nan"}, {"'Infinity'", "inf"}, {"'-Infinity'", "-inf"}, {"'1e-300'", "small"}, {"0.1", "0.1"}, {"'0.30000000000000004'", "0.3+"}, {"0.3", "0.3"}},
	{{"null", "null"}, {"true", "true"}, {"false", "false"}},
	{{"null", "null"}, {"''", "empty"}, {"' '", "blank"}, {"'a'", "a"}, {"'A'", "A"}, {"'a '", "a "}, {"U&'Zo\\00eb'", "nfc"}, {"U&'Zoe\\0308'", "nfd"}},
	{{"null", "null"}, {"'2024-02-29'", "leap"}, {"'0001-01-01'", "first"}, {"'infinity'", "inf"}, {"'9999-12-31'", "last"}},
	{{"null", "null"}, {"'2024-03-31 01:00+00'", "one"}, {"'2024-03-31 03:00+02'", "one"}, {"'2024-03-31 01:00:00.000001+00'", "later"}},
	{{"null", "null"}, {`'{"a": 1, "b": 2}'`, "ab"}, {`'{"b":2,"a":1}'`, "ab"}, {`'{"b":2,"a":1.0}'`, "ab"}, {`'[1]'`, "one"}, {"'null'", "json null"}},
}

var sqlTypes = []string{"numeric(12,3)", "numeric", "double precision", "boolean", "text", "date", "timestamptz", "jsonb"}

// thing is a row: the SQL of its values, and what they are.
type thing struct{ sql, meaning string }

func someThing(r *rand.Rand, key string) thing {
	sql, meaning := []string{key}, make([]string, 0, len(pools))
	for i, pool := range pools {
		v := pool[r.IntN(len(pool))]
		sql, meaning = append(sql, v.sql+"::"+sqlTypes[i]), append(meaning, v.meaning)
	}
	return thing{strings.Join(sql, ", "), strings.Join(meaning, "|")}
}

// aKey is one of a few keys, of which some differ little.
func aKey(r *rand.Rand) string {
	codes := []string{"''", "'a'", "'A'", "'a '", "U&'\\00e4'"}
	return fmt.Sprintf("%d, %s", r.IntN(4), codes[r.IntN(len(codes))])
}

func someThings(r *rand.Rand) map[string]thing {
	all := map[string]thing{}
	for range r.IntN(18) + 1 {
		key := aKey(r)
		all[key] = someThing(r, key)
	}
	return all
}

func sqlOf(all map[string]thing) (out []string) {
	for _, t := range all {
		out = append(out, t.sql)
	}
	slices.Sort(out)
	return out
}

// expected is what publishing a candidate over live comes to; gone are the keys that had
// departed before, nil where no ledger is kept.
func expected(live, candidate map[string]thing, gone map[string]bool, deletes bool) (want tally) {
	for key, t := range candidate {
		was, stands := live[key]
		switch {
		case !stands:
			want[0]++
		case was.meaning != t.meaning:
			want[1]++
		default:
			want[2]++
		}
		if gone[key] && stands {
			want[5]++
		}
	}
	for key := range live {
		if _, delivered := candidate[key]; !delivered && !gone[key] {
			want[3]++
			if deletes {
				want[4]++
			}
		}
	}
	return want
}

// Random candidates are published over random live tables: what is counted is what a
// simple model counts, a plan says the same beforehand, and live then holds what the
// candidate does, in the eyes of PostgreSQL.
func TestCountsAreThoseOfASimpleModel(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]struct {
		departed, limit string
		deletes, ledger bool
	}{
		"ignored, without a ledger": {"ignore", "1", false, false},
		"ignored, with a ledger":    {"ignore", "0.999999", false, true},
		"deleted":                   {"delete", "1", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(4) {
				r := rand.New(rand.NewPCG(seed, 7))
				k := sit(t, fmt.Sprintf(kinds, mode.departed, mode.limit))
				live, gone, absent := map[string]thing{}, map[string]bool{}, [2]int64{}
				for day := 1; day <= 6; day++ {
					candidate := someThings(r)
					if mode.ledger { // one key at least stays, so that the limit is never met
						for key, row := range live {
							if !gone[key] {
								candidate[key] = row
								break
							}
						}
					}
					id := k.stage(fmt.Sprintf("2024-01-%02d", day), rows{"things": sqlOf(candidate)})
					want := expected(live, candidate, gone, mode.deletes)
					if !mode.ledger && !mode.deletes {
						// Without a ledger only their number is known of those that were absent before.
						absent = [2]int64{absent[1], want[3]}
						want[3] = max(absent[1]-absent[0], 0)
					}

					planned, planErr := k.plan(id)
					b, err := k.publish(id)

					at := fmt.Sprintf("seed %d, day %d", seed, day)
					require.NoError(t, planErr, at)
					require.NoError(t, err, at)
					require.Equal(t, want, tallied(b.GetCounts()[0]), at)
					require.Equal(t, want, tallied(planned.GetCounts()[0]), "the plan, %s", at)
					follow(live, gone, candidate, mode.deletes, mode.ledger)
					requireHolds(t, k, candidate, len(live))
				}
			}
		})
	}
}

// follow is what publishing does to the model.
func follow(live map[string]thing, gone map[string]bool, candidate map[string]thing, deletes, ledger bool) {
	for key := range live {
		if _, delivered := candidate[key]; !delivered {
			if deletes {
				delete(live, key)
			} else if ledger {
				gone[key] = true
			}
		}
	}
	for key, t := range candidate {
		live[key] = t
		delete(gone, key)
	}
}

func requireHolds(t *testing.T, k *desk, candidate map[string]thing, all int) {
	t.Helper()
	values := "(values (" + strings.Join(sqlOf(candidate), "), (") + "))"
	require.Empty(t, k.db.Rows(t, "select * from "+values+" v except select * from things"))
	require.Equal(t, []string{fmt.Sprint(all)}, k.db.Rows(t, "select count(*) from things"))
}

// Each value against each other one of its column: equal ones are unchanged, others are
// updated, and only their column is counted.
func TestValuesAreComparedAsPostgreSQLDoes(t *testing.T) {
	t.Parallel()
	names := []string{"n", "d", "f", "b", "t", "day", "at", "j"}
	for column, pool := range pools {
		t.Run(names[column], func(t *testing.T) {
			t.Parallel()
			k := sit(t, fmt.Sprintf(kinds, "ignore", "1"))
			var before, after []string
			var updated, unchanged int64
			for _, a := range pool {
				for _, b := range pool {
					before, after = append(before, only(len(before), column, a)), append(after, only(len(after), column, b))
					if a.meaning == b.meaning {
						unchanged++
					} else {
						updated++
					}
				}
			}
			k.published("2024-01-01", rows{"things": before})
			id := k.stage("2024-01-02", rows{"things": after})

			p, err := k.plan(id)
			require.NoError(t, err)
			b, err := k.publish(id)

			require.NoError(t, err)
			require.Equal(t, tally{0, updated, unchanged}, tallied(b.GetCounts()[0]))
			require.Len(t, p.GetCounts()[0].GetColumns(), 1)
			require.Equal(t, names[column], p.GetCounts()[0].GetColumns()[0].GetColumn())
			require.Equal(t, updated, p.GetCounts()[0].GetColumns()[0].GetUpdated())
		})
	}
}

// only is a row in which all is NULL but its key and one column.
func only(id, column int, v value) string {
	sql := []string{fmt.Sprint(id), "'k'"}
	for i, typ := range sqlTypes {
		if i == column {
			sql = append(sql, v.sql+"::"+typ)
		} else {
			sql = append(sql, "null::"+typ)
		}
	}
	return strings.Join(sql, ", ")
}
