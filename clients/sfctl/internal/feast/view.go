package feast

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// view is a snapshot, or one at an age.
type view struct {
	Name, Query, TTL string
	Keys             []entity
	Fields           []field
}

// field is a column, with Feast's type.
type field struct{ Name, Type string }

func (v *view) isKey(column string) bool {
	return slices.ContainsFunc(v.Keys, func(k entity) bool { return k.Name == column })
}

// kind is how Feast takes the values of a type: its own type, that of a key, and a cast
// where PostgreSQL's form is none that it knows.
type kind struct{ field, key, cast string }

// kinds are those of the types that are no text. Feast knows neither decimals nor dates.
var kinds = map[dataset.TypeName]kind{
	dataset.SmallInt:        {"Int32", "INT32", "integer"},
	dataset.Integer:         {"Int32", "INT32", ""},
	dataset.BigInt:          {"Int64", "INT64", ""},
	dataset.Numeric:         {"Float64", "STRING", "double precision"},
	dataset.Real:            {"Float32", "STRING", ""},
	dataset.DoublePrecision: {"Float64", "STRING", ""},
	dataset.Boolean:         {"Bool", "STRING", ""},
	dataset.Date:            {"UnixTimestamp", "STRING", "timestamp"},
	dataset.Timestamp:       {"UnixTimestamp", "STRING", ""},
	dataset.TimestampTZ:     {"UnixTimestamp", "STRING", ""},
}

func kindOf(c *datasetv1.Column) (kind, error) {
	of, err := dataset.ParseType(c.GetType())
	if err != nil {
		return kind{}, fmt.Errorf("column %s: %w", c.GetName(), err)
	}
	if known, ok := kinds[of.Name]; ok {
		return known, nil
	}
	if of.Name == dataset.Text || of.Name == dataset.VarChar {
		return kind{"String", "STRING", ""}, nil
	}
	return kind{"String", "STRING", "text"}, nil
}

// viewOf is a snapshot as a view without a limit of age.
func viewOf(d *datasetv1.Dataset, s *datasetv1.Snapshot) (*view, error) {
	v := &view{Name: s.GetName(), TTL: "timedelta(0)"}
	table := dataset.TableByName(d, s.GetFrom())
	var selected []string
	columns := dataset.SnapshotColumns(d, s)
	for _, c := range columns {
		k, err := kindOf(c)
		if err != nil {
			return nil, fmt.Errorf("snapshot %s: %w", s.GetName(), err)
		}
		cast := k.cast
		if slices.Contains(table.GetKey(), c.GetName()) {
			v.Keys = append(v.Keys, entity{c.GetName(), k.key})
			if k.key == "STRING" && (k.field != "String" || k.cast != "") {
				cast = "text"
			}
		} else {
			v.Fields = append(v.Fields, field{c.GetName(), k.field})
		}
		selected = append(selected, column(c.GetName(), cast))
	}
	if schema := d.GetReadSchema(); schema != "" {
		v.Query = fmt.Sprintf(`select %s, as_of::timestamp at time zone 'UTC' as event_timestamp, %s as created_timestamp from %s.%s`,
			strings.Join(selected, ", "), besides("created_timestamp", columns), quote(schema), quote(s.GetName()))
		return v, nil
	}
	v.Query = fmt.Sprintf(`select %s, as_of::timestamp at time zone 'UTC' as event_timestamp, %s as created_timestamp from %s.%s where %s is null`,
		strings.Join(selected, ", "), besides("known_at", columns), quote(dataset.Schema(d)), quote(s.GetName()+"_revisions"), besides("superseded_at", columns))
	return v, nil
}

// besides is what a view calls a column that it has besides those of the snapshot.
func besides(name string, columns []*datasetv1.Column) string {
	if slices.ContainsFunc(columns, func(c *datasetv1.Column) bool { return c.GetName() == name }) {
		return "sf_" + name
	}
	return name
}

func column(name, cast string) string {
	if cast == "" {
		return quote(name)
	}
	return quote(name) + "::" + cast + " as " + quote(name)
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// days are how many a period has at most.
var days = map[datasetv1.Period]int{
	datasetv1.Period_PERIOD_DAY: 1, datasetv1.Period_PERIOD_WEEK: 7, datasetv1.Period_PERIOD_MONTH_START: 31, datasetv1.Period_PERIOD_MONTH_END: 31,
	datasetv1.Period_PERIOD_QUARTER_END: 92, datasetv1.Period_PERIOD_YEAR_END: 366,
}

// ttl is an age in Python. Feast takes none for no limit, where ours is the date itself.
func ttl(period datasetv1.Period, periods int32) string {
	if periods == 0 {
		return "timedelta(seconds=1)"
	}
	return fmt.Sprintf("timedelta(days=%d)", days[period]*int(periods))
}
