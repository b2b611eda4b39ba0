package dataset_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// household is a dataset without mistakes, as a message: what comes over gRPC or REST was
// never YAML, and has no lines.
func household() *datasetv1.Dataset {
	text := func(name string) *datasetv1.Column { return &datasetv1.Column{Name: name, Type: "text"} }
	return &datasetv1.Dataset{
		Name: "household", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{
			{Name: "people", Key: []string{"id"}, Columns: []*datasetv1.Column{text("id"), text("name"), {Name: "born", Type: "date", Optional: true}}},
			{Name: "pets", Key: []string{"id"}, Columns: []*datasetv1.Column{text("id"), text("owner")},
				References: []*datasetv1.Reference{{Columns: []string{"owner"}, Table: "people"}}},
		},
		Snapshots: []*datasetv1.Snapshot{{Name: "people_snapshots", From: "people"}},
	}
}

// incremental is a table of which deliveries bring only what changed.
func incremental(table *datasetv1.Table) *datasetv1.Table {
	table.Extract = datasetv1.Extract_EXTRACT_INCREMENTAL
	table.DepartedKeys = datasetv1.DepartedKeys_DEPARTED_KEYS_IGNORE
	table.DeletedWhen = &datasetv1.DeletedWhen{Column: "name", Value: "D"}
	return table
}

func TestEveryRuleSaysWhatItExpects(t *testing.T) {
	t.Parallel()
	people := func(d *datasetv1.Dataset) *datasetv1.Table { return d.GetTables()[0] }
	pets := func(d *datasetv1.Dataset) *datasetv1.Table { return d.GetTables()[1] }
	limit := 1.5
	for name, tc := range map[string]struct {
		change func(*datasetv1.Dataset)
		want   []string
	}{
		"none": {func(*datasetv1.Dataset) {}, nil},
		"a name in capitals": {func(d *datasetv1.Dataset) { d.Name = "Household" },
			[]string{`name: expected a name of lower case letters, digits and underscores that begins with a letter, at most 48 bytes, found "Household"`}},
		"a name of 49 bytes": {func(d *datasetv1.Dataset) { d.Name = strings.Repeat("a", 49) },
			[]string{`name: expected a name of lower case letters, digits and underscores that begins with a letter, at most 48 bytes, found "` + strings.Repeat("a", 49) + `"`}},
		"a schema of PostgreSQL":      {func(d *datasetv1.Dataset) { d.Schema = "pg_toast" }, []string{`schema: expected a schema for data, found "pg_toast", which is PostgreSQL's own`}},
		"a read schema of PostgreSQL": {func(d *datasetv1.Dataset) { d.ReadSchema = "pg_temp" }, []string{`read_schema: expected a schema for views, found "pg_temp", which is PostgreSQL's own`}},
		"a read schema for all":       {func(d *datasetv1.Dataset) { d.Schema, d.ReadSchema = "zoo", "public" }, []string{`read_schema: expected a schema of its own, found "public", which everybody uses`}},
		"a read schema of the tables": {func(d *datasetv1.Dataset) { d.Schema, d.ReadSchema = "zoo", "zoo" }, []string{`read_schema: expected a schema of its own, found "zoo", which the tables are in: the views have their names`}},
		"a table called as a view to read": {func(d *datasetv1.Dataset) {
			d.ReadSchema = "zoo_read"
			d.Snapshots = append(d.Snapshots, &datasetv1.Snapshot{Name: "people_snapshots_scd2", From: "people"})
		}, []string{`snapshots[1].name: expected another name, found "people_snapshots_scd2", which the view of the spans of snapshot "people_snapshots" takes in the schema to read`}},
		"a name that no view takes": {func(d *datasetv1.Dataset) {
			d.Snapshots = append(d.Snapshots, &datasetv1.Snapshot{Name: "people_snapshots_scd2", From: "people"})
		}, nil},
		"a schema of ours": {func(d *datasetv1.Dataset) { d.Schema = "sf_ingest" }, []string{`schema: expected a schema for data, found "sf_ingest": schemas that begin with sf_ are StreamFlow's own`}},
		"no calendar":      {func(d *datasetv1.Dataset) { d.Calendar = nil }, []string{"calendar: expected a calendar with a period, such as period: month_end, found none"}},
		"no period":        {func(d *datasetv1.Dataset) { d.Calendar.Period = 0 }, []string{"calendar.period: expected a period, such as month_end, found none"}},
		"a week's end in a month": {func(d *datasetv1.Dataset) { d.Calendar.EndsOn = datasetv1.Weekday_WEEKDAY_FRIDAY },
			[]string{"calendar.ends_on: expected period: week beside ends_on, found a calendar of which every as_of is the last day of a month"}},
		"a period that is not known": {func(d *datasetv1.Dataset) { d.Calendar.Period = 99 }, []string{"calendar.period: expected a known value of Period, found 99"}},
		"no tables":                  {func(d *datasetv1.Dataset) { d.Tables, d.Snapshots = nil, nil }, []string{"tables: expected at least one table, found none"}},
		"no key":                     {func(d *datasetv1.Dataset) { pets(d).Key = nil }, []string{`tables[1].key: expected the columns that identify a row of table "pets", found none`}},
		"a key twice": {func(d *datasetv1.Dataset) { pets(d).Key = []string{"id", "id"} },
			[]string{`tables[1].key[1]: column "id" stands twice in the key`}},
		"a key that may be missing": {func(d *datasetv1.Dataset) { pets(d).Columns[0].Optional = true },
			[]string{`tables[1].key[0]: expected a column that every file has, found "id", which is optional`}},
		"a key of doubles": {func(d *datasetv1.Dataset) { pets(d).Columns[0].Type = "double precision" },
			[]string{`tables[1].key[0]: expected a column whose values compare exactly, found "id", which is double precision: declare it numeric`}},
		"a key of documents": {func(d *datasetv1.Dataset) { pets(d).Columns[0].Type = "jsonb" },
			[]string{`tables[1].key[0]: expected a column whose values compare exactly, found "id", which is jsonb: declare the part of it that identifies a row as a column of its own`}},
		"a column twice":      {func(d *datasetv1.Dataset) { people(d).Columns[1].Name = "born" }, []string{`tables[0].columns[2].name: column "born" stands twice in table "people"`}},
		"a column of ours":    {func(d *datasetv1.Dataset) { people(d).Columns[1].Name = "sf_line" }, []string{`tables[0].columns[1].name: expected a name that does not begin with sf_, found "sf_line": such columns are StreamFlow's own (sf_file, sf_line)`}},
		"a system column":     {func(d *datasetv1.Dataset) { people(d).Columns[1].Name = "ctid" }, []string{`tables[0].columns[1].name: expected another name, found "ctid", which every table of PostgreSQL has already`}},
		"a blank at its edge": {func(d *datasetv1.Dataset) { people(d).Columns[1].Name = "name " }, []string{`tables[0].columns[1].name: expected a name without space around it or control characters in it, found "name "`}},
		"as_of in a snapshot": {func(d *datasetv1.Dataset) { people(d).Columns[1].Name = "as_of" },
			[]string{`tables[0].columns[1].name: expected another name than as_of in table "people", which is snapshotted: the snapshot has a column as_of of its own`}},
		"as_of without one": {func(d *datasetv1.Dataset) { d.Snapshots, people(d).Columns[1].Name = nil, "as_of" }, nil},
		"a zone of a date": {func(d *datasetv1.Dataset) { people(d).Columns[2].TimeZone = "Europe/Berlin" },
			[]string{"tables[0].columns[2].time_zone: expected type: timestamptz beside time_zone, found date, which keeps no zone"}},
		"a zone that is none": {func(d *datasetv1.Dataset) {
			people(d).Columns[2].Type, people(d).Columns[2].TimeZone = "timestamptz", "Berlin"
		},
			[]string{`tables[0].columns[2].time_zone: expected the name of a time zone, such as Europe/Berlin or UTC, found "Berlin"`}},
		"a limit over 1":         {func(d *datasetv1.Dataset) { people(d).DepartedLimit = &limit }, []string{"tables[0].departed_limit: expected a share from 0 to 1, found 1.5"}},
		"an incremental extract": {func(d *datasetv1.Dataset) { incremental(people(d)) }, nil},
		"an incremental extract without a snapshot": {func(d *datasetv1.Dataset) { pets(d).Extract = datasetv1.Extract_EXTRACT_INCREMENTAL },
			[]string{`tables[1].extract: expected a snapshot of table "pets" that carries every column of it, since an incremental extract is laid over the one before, found none`}},
		"an incremental extract of a snapshot without a column": {func(d *datasetv1.Dataset) {
			incremental(people(d))
			d.Snapshots[0].Columns = []string{"name"}
		}, []string{`tables[0].extract: expected a snapshot of table "people" that carries every column of it, since an incremental extract is laid over the one before, found people_snapshots, which lacks born`}},
		"an incremental extract beside a snapshot that carries all": {func(d *datasetv1.Dataset) {
			incremental(people(d))
			d.Snapshots = append(d.Snapshots, &datasetv1.Snapshot{Name: "names", From: "people", Columns: []string{"name"}})
		}, nil},
		"an incremental extract with a limit": {func(d *datasetv1.Dataset) {
			incremental(people(d))
			people(d).DepartedLimit = proto.Float64(0.5)
		}, []string{`tables[0].departed_limit: expected none beside extract: incremental, found 0.5: a key that such an extract lacks has not departed`}},
		"deletes of a full extract": {func(d *datasetv1.Dataset) {
			people(d).DeletedWhen = &datasetv1.DeletedWhen{Column: "name", Value: "D"}
		}, []string{`tables[0].deleted_when: expected extract: incremental beside deleted_when, found a full extract, in which a row that is gone is absent`}},
		"deletes without a word on live": {func(d *datasetv1.Dataset) {
			incremental(people(d))
			people(d).DepartedKeys = 0
		}, []string{`tables[0].departed_keys: expected delete or ignore beside deleted_when, found none: say whether a deleted row is taken out of the live table as well, or only out of the history`}},
		"deletes by no column": {func(d *datasetv1.Dataset) {
			incremental(people(d))
			people(d).DeletedWhen.Column = "nam"
		}, []string{`tables[0].deleted_when.column: expected a column of table "people", found "nam": did you mean "name"?`}},
		"deletes by the key": {func(d *datasetv1.Dataset) {
			incremental(people(d))
			people(d).DeletedWhen.Column = "id"
		}, []string{`tables[0].deleted_when.column: expected a column that is not of the key, found "id": the key says which row is deleted`}},
		"deletes by what is no date": {func(d *datasetv1.Dataset) {
			incremental(people(d))
			people(d).DeletedWhen = &datasetv1.DeletedWhen{Column: "born", Value: "D"}
		}, []string{`tables[0].deleted_when.value: column "born" is date: expected a date as YYYY-MM-DD, found "D"`}},
		"a history by number": {func(d *datasetv1.Dataset) { d.History = &datasetv1.History{Keep: 36} }, nil},
		"a history by age":    {func(d *datasetv1.Dataset) { d.History = &datasetv1.History{KeepFor: 1095} }, nil},
		"a history of nothing": {func(d *datasetv1.Dataset) { d.History = &datasetv1.History{} },
			[]string{"history: expected keep, the number of dates, such as keep: 36, or keep_for, their age in days, found neither; without history every date is kept"}},
		"a history by both": {func(d *datasetv1.Dataset) { d.History = &datasetv1.History{Keep: 36, KeepFor: 1095} }, nil},
		"a history of fewer than none": {func(d *datasetv1.Dataset) { d.History = &datasetv1.History{Keep: -1} },
			[]string{"history.keep: expected 1 to 100000 dates, found -1"}},
		"a history that is too old": {func(d *datasetv1.Dataset) { d.History = &datasetv1.History{KeepFor: 36601} },
			[]string{"history.keep_for: expected 0 to 36600 days, found 36601"}},
		"a history without snapshots": {func(d *datasetv1.Dataset) { d.History, d.Snapshots = &datasetv1.History{Keep: 36}, nil },
			[]string{"history: expected snapshots beside history, found none: nothing is kept that could be dropped"}},
		"a parent that deletes": {func(d *datasetv1.Dataset) { people(d).DepartedKeys = datasetv1.DepartedKeys_DEPARTED_KEYS_DELETE },
			[]string{`tables[1].departed_keys: expected delete, since table "pets" references "people", whose departed rows are deleted, found ignore`}},
		"a table since a date": {func(d *datasetv1.Dataset) { pets(d).Since = "2024-03-31" }, nil},
		"since what is no date": {func(d *datasetv1.Dataset) { pets(d).Since = "March" },
			[]string{`tables[1].since: expected a date as YYYY-MM-DD, such as 2024-01-31, found "March"`}},
		"since no such day": {func(d *datasetv1.Dataset) { pets(d).Since = "2024-02-30" },
			[]string{`tables[1].since: expected a date, found "2024-02-30", which is no such day: February 2024 has 29 days`}},
		"since a date off the calendar": {func(d *datasetv1.Dataset) { pets(d).Since = "2024-03-01" },
			[]string{`tables[1].since: expected the last day of a month, as the calendar has it, found "2024-03-01"; the closest is 2024-02-29`}},
		"a parent that is collected later": {func(d *datasetv1.Dataset) { people(d).Since = "2024-03-31" },
			[]string{`tables[1].references[0].table: expected a table that is collected as early as "pets", found "people", which is collected since 2024-03-31 only: declare since: 2024-03-31 of "pets" too, or optional: true of column "owner"; until then nothing is looked up there`}},
		"a parent that is collected as late":         {func(d *datasetv1.Dataset) { people(d).Since, pets(d).Since = "2024-03-31", "2024-04-30" }, nil},
		"a parent later, and a column that may lack": {func(d *datasetv1.Dataset) { people(d).Since, pets(d).Columns[1].Optional = "2024-03-31", true }, nil},
		"a parent that is none": {func(d *datasetv1.Dataset) { pets(d).References[0].Table = "poeple" },
			[]string{`tables[1].references[0].table: expected a table of the dataset, found "poeple": did you mean "people"?`}},
		"a reference of another type": {func(d *datasetv1.Dataset) { pets(d).Columns[1].Type = "uuid" },
			[]string{`tables[1].references[0].columns[0]: expected a column of type text, as "id" of "people" is, found "owner", which is uuid`}},
		"a reference that is not trimmed": {func(d *datasetv1.Dataset) { people(d).Columns[0].Trim = true },
			[]string{`tables[1].references[0].columns[0]: expected trim: true in column "owner", as "id" of "people" has it: untrimmed, its values would refer to no row`}},
		"a reference to itself by the key": {func(d *datasetv1.Dataset) {
			pets(d).References[0] = &datasetv1.Reference{Columns: []string{"id"}, Table: "pets"}
		}, []string{`tables[1].references[0].columns: expected other columns than the key of "pets", found the key: every row would refer to itself`}},
		"a cycle": {func(d *datasetv1.Dataset) {
			people(d).References = []*datasetv1.Reference{{Columns: []string{"name"}, Table: "pets"}}
		}, []string{"tables[1].references[0].table: expected references without a cycle, found people → pets → people"}},
		"one file for two": {func(d *datasetv1.Dataset) { pets(d).File = "people.csv" },
			[]string{`tables[1].file: expected a file of its own for table "pets", found "people.csv", which feeds table "people"`}},
		"a file in a file": {func(d *datasetv1.Dataset) { pets(d).File = "people.csv/pets.csv" },
			[]string{`tables[1].file: expected a file in a folder, found "pets.csv" in "people.csv", which is the file of table "people"`}},
		"a snapshot under a table's name": {func(d *datasetv1.Dataset) { d.Snapshots[0].Name = "pets" },
			[]string{`snapshots[0].name: expected a name of its own in the schema, found "pets", which is the name of table 2`}},
		"a table under an index's name": {func(d *datasetv1.Dataset) { pets(d).Name = "people_pkey" },
			[]string{`tables[1].name: expected another name, found "people_pkey", which the index of the key of "people" takes`}},
		"a table under the name of a view over revisions": {func(d *datasetv1.Dataset) { pets(d).Name = "people_snapshots_revisions" },
			[]string{`tables[1].name: expected another name, found "people_snapshots_revisions", which the view over all revisions of snapshot "people_snapshots" takes`}},
		"a table of revisions of nothing": {func(d *datasetv1.Dataset) { pets(d).Name = "people_revisions" }, nil},
		"a snapshot of the key": {func(d *datasetv1.Dataset) { d.Snapshots[0].Columns = []string{"id"} },
			[]string{`snapshots[0].columns[0]: expected the columns besides the key and as_of, found "id" of the key: every snapshot has it`}},
		"a snapshot of a column twice": {func(d *datasetv1.Dataset) { d.Snapshots[0].Columns = []string{"born", "born"} },
			[]string{`snapshots[0].columns[1]: column "born" stands twice in the snapshot`}},
		"a NUL": {func(d *datasetv1.Dataset) { d.Description = "a\x00b" },
			[]string{`description: expected a text without NUL characters, which PostgreSQL does not hold, found "a\x00b"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := household()
			tc.change(d)

			var got []string
			for _, m := range dataset.Lint(d) {
				got = append(got, m.String())
			}

			require.Equal(t, tc.want, got)
		})
	}
}
