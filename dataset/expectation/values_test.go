package expectation

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/columntype"
)

func TestTheRulesKnowTheValuesOfEveryType(t *testing.T) {
	t.Parallel()
	for _, name := range columntype.Names() {
		values, ok := valuesOf[name]
		require.True(t, ok, name)
		require.NotNil(t, values.fits, name)
	}
	require.Len(t, valuesOf, len(columntype.Names()))
}
