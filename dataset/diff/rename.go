package diff

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/rename"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// follow puts the older version into the newer one's names, so that a column that is only
// called otherwise is no other one: not in a key, a reference, a rule or a snapshot either.
func (c *comparison) follow() {
	c.renamed = map[string]rename.Pairs{}
	for _, after := range c.after.GetTables() {
		before := dataset.TableByName(c.before, after.GetName())
		declared := rename.Of(after).Without(rename.Of(before))
		if open, _ := declared.Among(columnsOf(before)); len(open) > 0 {
			c.renamed[after.GetName()] = open
		}
	}
	if len(c.renamed) == 0 {
		return
	}
	c.before = proto.CloneOf(c.before)
	for _, table := range c.before.GetTables() {
		c.followTable(table)
	}
	for _, s := range c.before.GetSnapshots() {
		s.Columns = c.renamed[s.GetFrom()].AllNow(s.GetColumns())
	}
}

func (c *comparison) followTable(table *datasetv1.Table) {
	pairs := c.renamed[table.GetName()]
	for _, column := range table.GetColumns() {
		if pairs.Renames(column.GetName()) {
			column.RenamedFrom = column.GetName() // as the newer version has it
			column.Name = pairs.Now(column.GetName())
		}
	}
	table.Key = pairs.AllNow(table.GetKey())
	for _, r := range table.GetReferences() {
		r.Columns = pairs.AllNow(r.GetColumns())
	}
	for _, e := range table.GetExpectations() {
		c.followRule(e, pairs)
	}
}

// followRule renames the columns that a rule names, of its own table and of another.
func (c *comparison) followRule(e *datasetv1.Expectation, own rename.Pairs) {
	kind, _ := expectation.Lookup(e.GetType())
	arguments := e.GetKwargs().GetFields()
	for _, a := range kind.Arguments {
		switch a.Type {
		case expectation.ColumnArgument, expectation.ColumnsArgument:
			followValue(arguments[a.Name], own)
		case expectation.OtherColumnArgument:
			followValue(arguments[a.Name], c.renamed[arguments["other_table"].GetStringValue()])
		default:
		}
	}
}

func followValue(value *structpb.Value, pairs rename.Pairs) {
	switch kind := value.GetKind().(type) {
	case *structpb.Value_StringValue:
		kind.StringValue = pairs.Now(kind.StringValue)
	case *structpb.Value_ListValue:
		for _, item := range kind.ListValue.GetValues() {
			followValue(item, pairs)
		}
	}
}

// columnRenamed says that a column is called otherwise than in the older version, if it is.
func (c *comparison) columnRenamed(table *datasetv1.Table, column *datasetv1.Column) {
	pairs := c.renamed[table.GetName()]
	if !pairs.Makes(column.GetName()) {
		return
	}
	c.add(Change{
		Action: Changed, Part: Column, Table: table.GetName(), Name: column.GetName(), Field: "name",
		From: pairs.Before(column.GetName()), To: column.GetName(), Snapshots: c.keep(table.GetName(), column.GetName()), Class: Expanding,
		Note: "renamed by the next run, in live and in history, with all values; views follow, SQL outside of the database and in the bodies of functions does not: " +
			"change it there; files of earlier as_of dates may go on with the older name",
	})
}

// renamedFrom compares what is declared of an earlier name where nothing is renamed by it.
func (c *comparison) renamedFrom(of Change, before, after *datasetv1.Column) {
	of.Field, of.From, of.To, of.Class = "renamed_from", before.GetRenamedFrom(), after.GetRenamedFrom(), Metadata
	switch {
	case of.From == of.To:
		return
	case of.To == "":
		of.Note = "a column that was renamed keeps its name; to take that back, declare the name that it has now as renamed_from of the earlier one"
	default:
		of.Note = "nothing is renamed by it: the version before has no such column, or has one of the newer name too"
	}
	of.Action = Changed
	c.add(of)
}

// lostBeside says of a column that is lost what another one has to do with it: one that is
// declared to be renamed from it, and cannot be, since the version before has both; or one
// that has the name which it had before it was renamed itself.
func lostBeside(after *datasetv1.Table, lost *datasetv1.Column) (note string) {
	pairs, name, earlier := rename.Of(after), lost.GetName(), lost.GetRenamedFrom()
	switch back := dataset.ColumnByName(after, earlier); {
	case pairs.Renames(name):
		return "it is declared as the earlier name of " + pairs.Now(name) + ", and the version before has both: rows that are there have values in each; "
	case back != nil && back.GetRenamedFrom() == "":
		return "it was called " + earlier + " before: to take that back, declare renamed_from: " + name + " in column " + earlier + "; "
	}
	return ""
}

func columnsOf(t *datasetv1.Table) []string {
	var names []string
	for _, column := range t.GetColumns() {
		names = append(names, column.GetName())
	}
	return slices.Clip(names)
}
