package reference_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/reference"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func TestTheExampleHasEveryKey(t *testing.T) {
	t.Parallel()
	_, mistakes := dataset.Read("example.yaml", []byte(reference.Example()))

	require.Empty(t, mistakes)
	require.Empty(t, reference.Missing(), "put them into dataset/reference/example.yaml")
}

func TestEveryTypeIsDescribed(t *testing.T) {
	t.Parallel()
	described := map[dataset.TypeName]bool{}
	for _, doc := range reference.Types() {
		typ, err := dataset.ParseType(doc.Type)
		require.NoError(t, err)
		_, err = dataset.Zone(&datasetv1.Column{TimeZone: doc.Zone})
		require.NoError(t, err)
		described[typ.Name] = true
		require.NotEmpty(t, doc.Takes, doc.Type)
		require.NotEmpty(t, doc.Refuses, doc.Type)
		require.NotEmpty(t, doc.Says, doc.Type)
	}
	for _, name := range dataset.TypeNames() {
		require.True(t, described[name], "say in dataset/reference/type.go what a column of type %s takes", name)
	}
}

// What is committed is what is generated; that it is fresh, `make generate-check` sees.
func TestThePage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/reference/dataset.md")
	require.NoError(t, err)
	page := string(text)
	for _, part := range []string{
		reference.Example(), "\n## Dataset\n", "\n## Types\n", "\n## CSV files\n", "| `schema` | text | public | `schema: retail` |",
		"| `file` | text | &lt;name>.csv |", "| `period` | a word, below | required | `period: week` |", "| `quarter_end` | The last day of a quarter",
		"| `severity` | a word, below | critical | `severity: warning` |", "| `kwargs` | mapping |", "| `varchar(5)` | character varying(5) | yes |", "| `jsonb` | jsonb | no |",
	} {
		require.Contains(t, page, part)
	}
	for _, kind := range expectation.All() {
		require.Contains(t, page, "### "+kind.Name+"\n")
	}
	for _, name := range dataset.TypeNames() {
		require.Contains(t, page, "| `"+string(name), name)
	}
	require.True(t, strings.HasPrefix(page, "# The dataset\n"))
}

// setOf has a file and those that it imports, without comments, as Go code has them.
func setOf(file protoreflect.FileDescriptor, set *descriptorpb.FileDescriptorSet) *descriptorpb.FileDescriptorSet {
	for i := range file.Imports().Len() {
		set = setOf(file.Imports().Get(i).FileDescriptor, set)
	}
	for _, known := range set.GetFile() {
		if known.GetName() == file.Path() {
			return set
		}
	}
	set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
	return set
}

func TestWithoutCommentsThereIsNoPage(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	err := reference.Write(&b, setOf(datasetv1.File_streamflow_dataset_v1_dataset_proto, &descriptorpb.FileDescriptorSet{}))

	require.ErrorContains(t, err, "has no comment: the descriptors must carry those of the protos")
	require.Empty(t, b.String())
	require.ErrorContains(t, reference.Write(&b, &descriptorpb.FileDescriptorSet{}), "find the dataset's message")
}
