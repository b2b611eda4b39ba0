package dataset_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// A dataset in which any one text is replaced by one that means nothing is
// refused, at that text or where it is missed. Only descriptions are free, and
// the names that nothing refers to.
func TestLintMissesNoText(t *testing.T) {
	t.Parallel()
	base, _ := dataset.Parse("shop.yaml", []byte(trained(t)))
	for _, place := range texts(base) {
		if strings.HasSuffix(place, "description") {
			continue
		}
		broken := proto.CloneOf(base)
		replace(broken, place, "No Such//Thing")
		mistakes := dataset.Lint(broken)
		if isFreeColumn(place, mistakes) {
			continue
		}
		require.NotEmpty(t, mistakes, place)
	}
}

// isFreeColumn is true of a column's name, any of which is right by itself, that
// nothing else in the dataset refers to.
func isFreeColumn(place string, mistakes dataset.Mistakes) bool {
	return strings.Contains(place, ".columns[") && strings.HasSuffix(place, "].name") && len(mistakes) == 0
}

func TestLintMissesNoArgument(t *testing.T) {
	t.Parallel()
	for i, table := range builtin.Streamflow().GetTables() {
		for j, e := range table.GetExpectations() {
			for name := range e.GetKwargs().GetFields() {
				broken := builtin.Streamflow()
				kwargs := broken.GetTables()[i].GetExpectations()[j].GetKwargs()
				kwargs.Fields[name] = structpb.NewStructValue(&structpb.Struct{})
				path := fmt.Sprintf("tables[%d].expectations[%d].kwargs.%s", i, j, name)

				mistakes := dataset.Lint(broken)

				require.Len(t, mistakes, 1, path)
				require.Equal(t, path, mistakes[0].Path)
			}
		}
	}
}

// Whatever is lost from a dataset on its way, no version is another's.
func TestHashSeesEveryText(t *testing.T) {
	t.Parallel()
	base, _ := dataset.Parse("shop.yaml", []byte(trained(t)))
	want := dataset.Hash(base)
	for _, place := range texts(base) {
		changed := proto.CloneOf(base)
		replace(changed, place, "x")
		require.NotEqual(t, want, dataset.Hash(changed), place)
	}
}

// Each mistake of Lint stands, by Read, on a line that holds what it is about.
func TestReadFindsThePlaceOfEveryText(t *testing.T) {
	t.Parallel()
	base, _ := dataset.Parse("shop.yaml", []byte(trained(t)))
	for _, place := range texts(base) {
		broken := proto.CloneOf(base)
		replace(broken, place, "No Such/Thing\x00")
		text, err := dataset.Marshal(broken)
		require.NoError(t, err)
		lines := strings.Split(string(text), "\n")

		_, mistakes := dataset.Read("broken.yaml", text)

		found := false
		for _, m := range mistakes {
			if m.Path == place {
				found = true
				require.Contains(t, lines[m.Line-1][m.Column-1:], "No Such/Thing", m)
			}
		}
		require.True(t, found, place)
	}
}

// texts lists the paths of all texts of a dataset, arguments aside.
func texts(d *datasetv1.Dataset) []string {
	var places []string
	walk("", d.ProtoReflect(), func(path string, _ func(string)) { places = append(places, path) })
	return places
}

// replace puts another text at a path.
func replace(d *datasetv1.Dataset, place, text string) {
	walk("", d.ProtoReflect(), func(path string, set func(string)) {
		if path == place {
			set(text)
		}
	})
}

func walk(path string, message protoreflect.Message, visit func(path string, set func(string))) {
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		here := strings.TrimPrefix(path+"."+string(field.Name()), ".")
		if !message.Has(field) || field.Message() != nil && field.Message().FullName() == "google.protobuf.Struct" {
			continue
		}
		switch {
		case field.IsList() && field.Message() != nil:
			for j := range message.Get(field).List().Len() {
				walk(fmt.Sprintf("%s[%d]", here, j), message.Get(field).List().Get(j).Message(), visit)
			}
		case field.IsList():
			list := message.Mutable(field).List()
			for j := range list.Len() {
				visit(fmt.Sprintf("%s[%d]", here, j), func(text string) { list.Set(j, protoreflect.ValueOfString(text)) })
			}
		case field.Message() != nil:
			walk(here, message.Get(field).Message(), visit)
		case field.Kind() == protoreflect.StringKind:
			visit(here, func(text string) { message.Set(field, protoreflect.ValueOfString(text)) })
		}
	}
}

func TestWalkReachesTheWholeDataset(t *testing.T) {
	t.Parallel()
	places := texts(builtin.Streamflow())
	require.Contains(t, places, "tables[5].key[0]")
	require.Contains(t, places, "tables[1].columns[12].type")
	require.Contains(t, places, "snapshots[0].columns[5]")
	changed := builtin.Streamflow()
	replace(changed, "snapshots[0].columns[5]", "x")
	require.Equal(t, "x", changed.GetSnapshots()[0].GetColumns()[5])
	require.False(t, proto.Equal(builtin.Streamflow(), changed))
}
