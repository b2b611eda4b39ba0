package command

import (
	"testing"

	"github.com/stretchr/testify/require"

	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

func TestWhatAValidationDidNotSee(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]*qualityv1.Validation{
		"":                           {},
		", 3 could not be evaluated": {Statistics: &qualityv1.Statistics{SkippedExpectations: 3}},
		", 1 rejected row not seen":  {RejectedRows: 1},
		", 3 could not be evaluated, 1,200 rejected rows not seen": {Statistics: &qualityv1.Statistics{SkippedExpectations: 3}, RejectedRows: 1200},
	} {
		require.Equal(t, want, unseen(v))
	}
}
