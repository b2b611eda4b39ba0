package rest

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// medium is a media type that the rows of a training set have.
type medium struct {
	format snapshotv1.TrainingFormat
	// media is what a client accepts, and sent how the file is announced.
	media, sent string
}

// media are those of the formats, the one that is meant where a client takes any first.
var media = []medium{
	{snapshotv1.TrainingFormat_TRAINING_FORMAT_CSV, "text/csv", "text/csv; charset=utf-8; header=present"},
	{snapshotv1.TrainingFormat_TRAINING_FORMAT_PARQUET, "application/vnd.apache.parquet", "application/vnd.apache.parquet"},
	{snapshotv1.TrainingFormat_TRAINING_FORMAT_ARROW, "application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream"},
}

// mediumOf is how a format is announced; CSV of one that is not said.
func mediumOf(format snapshotv1.TrainingFormat) string {
	for _, m := range media {
		if m.format == format {
			return m.sent
		}
	}
	return media[0].sent
}

// askedFormat is the format that a request asks for: the parameter says it before the header
// does, which browsers fill in by themselves. False where there is none of those accepted.
func askedFormat(r *http.Request) (snapshotv1.TrainingFormat, bool, error) {
	if asked := r.URL.Query().Get("format"); asked != "" {
		format, err := formatNamed(asked)
		return format, true, err
	}
	format, ok := acceptedFormat(r.Header.Values("Accept"))
	return format, ok, nil
}

// formatNamed reads the parameter, which the guard has spelled in full; numbers it leaves.
func formatNamed(asked string) (snapshotv1.TrainingFormat, error) {
	n, known := snapshotv1.TrainingFormat_value[asked]
	if number, err := strconv.ParseInt(asked, 10, 32); err == nil {
		n = int32(number)
		_, known = snapshotv1.TrainingFormat_name[n]
	}
	if !known {
		return 0, problem.New(problem.InvalidRequest, "format: expected csv, parquet or arrow, found %q", asked).
			Violate("format", "expected csv, parquet or arrow, found %q", asked)
	}
	return snapshotv1.TrainingFormat(n), nil
}

// acceptedFormat is the format that a client takes most gladly: of some that it takes as gladly,
// the first of media. One that says nothing takes all.
func acceptedFormat(accept []string) (snapshotv1.TrainingFormat, bool) {
	if len(accept) == 0 {
		return media[0].format, true
	}
	best, most := media[0].format, 0.0
	for _, m := range media {
		if q := quality(accept, m.media); q > most {
			best, most = m.format, q
		}
	}
	return best, most > 0
}

// quality is how gladly a client takes a media type, by the range that names it most
// closely, as RFC 9110 has it; 0 where it does not.
func quality(accept []string, of string) float64 {
	kind, _, _ := strings.Cut(of, "/")
	closest, q := 0, 0.0
	for one := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(one))
		near := map[string]int{of: 3, kind + "/*": 2, "*/*": 1}[media]
		if err != nil || near <= closest {
			continue
		}
		if weight, err := strconv.ParseFloat(cmp.Or(params["q"], "1"), 64); err == nil {
			closest, q = near, weight
		}
	}
	return q
}

// takes lists the media types for a client that accepts none of them.
func takes() string {
	names := make([]string, len(media))
	for i, m := range media {
		names[i] = m.media
	}
	return fmt.Sprintf("%s or %s", strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
}
