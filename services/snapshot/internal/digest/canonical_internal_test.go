package digest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// pick is one of a list.
func pick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

// decimal writes a number in one of the ways in which it can be written.
func decimal(r *rand.Rand) string {
	sign := pick(r, "", "-")
	switch n := r.IntN(12); r.IntN(4) {
	case 0:
		return fmt.Sprintf("%s%d%s", sign, n, pick(r, "", ".0", ".00", ".50", ".5", ".05", ".050", ".500500"))
	case 1:
		return fmt.Sprintf("%s%d.%de%s", sign, n, r.IntN(100), pick(r, "0", "1", "-2", "+3"))
	case 2:
		return fmt.Sprintf("%s%d00%s", sign, 1+n, pick(r, "", ".0", "e-2", "e0"))
	default:
		return sign + pick(r, "0", "0.0", "0e5", "0.00", "10", "10.0", "100e-1", "1e1")
	}
}

// document writes JSON, whose strings and names hold what looks like numbers.
func document(r *rand.Rand, depth int) string {
	space := func() string { return pick(r, "", " ", "\n\t") }
	kind := r.IntN(6)
	if depth == 0 && kind > 3 {
		kind = r.IntN(4)
	}
	switch kind {
	case 0:
		return pick(r, "null", "true", "false")
	case 1:
		return text(r)
	case 2, 3:
		return decimal(r)
	case 4:
		var items []string
		for range r.IntN(4) {
			items = append(items, space()+document(r, depth-1)+space())
		}
		return "[" + strings.Join(items, ",") + "]"
	default:
		names := []string{`"a"`, `"\u0061b"`, `"1.50"`, `"x\"y 2.0"`}
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		var members []string
		for _, name := range names[:r.IntN(len(names))] {
			members = append(members, space()+name+space()+":"+document(r, depth-1))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
}

func text(r *rand.Rand) string {
	return pick(r, `"1.50"`, `"1.5"`, `"a 2.0, b"`, `"a 2, b"`, `"\""`, `"\\"`, `"\\\" 3.00"`, `"\\\" 3"`, `""`, `"é"`, `"\u00e9"`, `"x\n4.0"`, `"x\n4"`)
}

// writers write values of each type: a few values, each in many ways.
var writers = map[string]func(*rand.Rand) string{
	"text": func(r *rand.Rand) string {
		return pick(r, "", " ", "a", "a ", "A", "é", "e\u0301", `\`, `"`, "1.0", "1")
	},
	"varchar(5)":     func(r *rand.Rand) string { return pick(r, "", " ", "a", "a ", "a  ", "A") },
	"char(5)":        func(r *rand.Rand) string { return pick(r, "", " ", "a", "a ", "a    ", " a", "A", "a b", `a"`, "a,") },
	"smallint":       func(r *rand.Rand) string { return pick(r, "0", "-0", "7", "007", "-7") },
	"integer":        func(r *rand.Rand) string { return pick(r, "0", "-0", "7", "007", "-7") },
	"bigint":         func(r *rand.Rand) string { return pick(r, "0", "9223372036854775807", "-9223372036854775808") },
	"numeric":        func(r *rand.Rand) string { return pick(r, decimal(r), "NaN", "nan") },
	"numeric(20,10)": decimal,
	"real": func(r *rand.Rand) string {
		return pick(r, decimal(r), "16777216", "16777217", "NaN", "1e-45", "0.1", "0.1000000001")
	},
	"double precision": func(r *rand.Rand) string {
		return pick(r, decimal(r), "NaN", "1e-320", "0.1", "0.10000000000000001", "0.10000000000000002")
	},
	"boolean": func(r *rand.Rand) string { return pick(r, "t", "true", "f", "no") },
	"date":    func(r *rand.Rand) string { return pick(r, "2024-02-29", "20240229", "2024-03-01", "0001-01-01") },
	"timestamp": func(r *rand.Rand) string {
		return pick(r, "2024-02-29 12:00", "2024-02-29T12:00:00.000000", "2024-02-29 12:00:00.5", "2024-02-29 12:00:00.50", "9999-12-31 23:59:59.999999")
	},
	"timestamptz": func(r *rand.Rand) string {
		return pick(r, "2024-02-29 12:00+00", "2024-02-29 13:00:00.0+01", "2024-02-29 07:00-05", "2024-02-29 13:00+00", "2024-02-29 17:30:00+05:30", "1890-01-01 00:00+00:53:28")
	},
	"uuid": func(r *rand.Rand) string {
		return pick(r, "3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93", "{3F2B8C1E0D4A4E6F9B7A5C8D2E1F0A93}", "3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a94")
	},
	"jsonb": func(r *rand.Rand) string { return document(r, 3) },
}

// What PostgreSQL finds equal has one text, and what it finds different has two: of
// every type, among some hundred values, each compared with each.
func TestEqualValuesAndNoOthersHaveTheSameText(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	conn, err := pgx.Connect(t.Context(), db.OwnerURL())
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	_, err = conn.Exec(t.Context(), "set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set extra_float_digits = 1")
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(6, 2024))
	known := map[dataset.TypeName]bool{}
	for typ, write := range writers {
		parsed, err := dataset.ParseType(typ)
		require.NoError(t, err)
		known[parsed.Name] = true
		values := []*string{nil}
		for range 500 {
			value := write(random)
			values = append(values, &value)
		}
		sql := canonical(layout.Column{Name: "v", Type: parsed})
		var wrong []string
		var equal int
		require.NoError(t, conn.QueryRow(t.Context(), `
with given as (select distinct g as written, g::`+parsed.SQL()+` as v from unnest($1::text[]) g),
     one as (select written, v, row(`+sql+`)::text as canonical from given)
select count(*) filter (where a.v = b.v),
       array(select format('%s %s', x.written, y.written) from one x, one y
              where (x.v is not distinct from y.v) <> (x.canonical = y.canonical) limit 5)
  from one a join one b on a.written < b.written`, pgx.QueryExecModeExec, values).Scan(&equal, &wrong), typ)
		require.Empty(t, wrong, typ)
		if typ != "text" && typ != "varchar(5)" && typ != "bigint" { // whose values have one text
			require.Positive(t, equal, "%s: values that are written otherwise and equal", typ)
		}
	}
	for _, name := range dataset.TypeNames() {
		require.True(t, known[name], "%s has no values here", name)
	}
}

// The page gives the expression that is used.
func TestThePageHasTheExpressionOfJSONB(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../../docs/reference/content-hash.md")
	require.NoError(t, err)

	require.Contains(t, strings.Join(strings.Fields(string(page)), " "), withoutZeros("column"))
}

// What a hash of a column was before the other types came, it is still.
func TestCanonicalForms(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]string{
		"text": `"v"`, "integer": `"v"`, "boolean": `"v"`, "date": `"v"`, "uuid": `"v"`, "timestamptz": `"v"`, "varchar(3)": `"v"`,
		"numeric(5,2)": `trim_scale("v")`, "double precision": `"v" + 0`, "real": `"v" + 0::real`, "char(3)": `"v"::text`,
		"jsonb": `case when "v"::text ~ '[.][0-9]*0([^0-9]|$)' then ` +
			`regexp_replace("v"::text, '((?:"(?:[^"\\]|\\.)*"[^".]*)+)|([.][0-9]*[1-9])0*|[.]0+', '\1\2', 'g') else "v"::text end`,
	} {
		parsed, err := dataset.ParseType(typ)
		require.NoError(t, err)
		require.Equal(t, want, canonical(layout.Column{Name: "v", Type: parsed}), typ)
	}
}
