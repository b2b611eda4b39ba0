package copytext_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/reference"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
)

// What docs/reference/dataset.md says of fields is so.
func TestTypesTakeWhatTheReferenceSays(t *testing.T) {
	t.Parallel()
	for _, doc := range reference.Types() {
		typ, err := dataset.ParseType(doc.Type)
		require.NoError(t, err)
		zone, err := dataset.Zone(&datasetv1.Column{TimeZone: doc.Zone})
		require.NoError(t, err)
		column := copytext.Of(typ, zone)
		for _, field := range doc.Takes {
			_, fault := column.Append(nil, []byte(field), false)
			require.True(t, fault.Fits(), "%s %q: %s", doc.Type, field, fault)
		}
		for _, field := range doc.Refuses {
			_, fault := column.Append(nil, []byte(field), false)
			require.False(t, fault.Fits(), "%s %q", doc.Type, field)
		}
	}
}
