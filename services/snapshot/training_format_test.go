package snapshot_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/format"
	"github.com/streamflow/streamflow/services/snapshot/internal/format/formattest"
)

var formats = map[string]snapshotv1.TrainingFormat{
	"csv":     snapshotv1.TrainingFormat_TRAINING_FORMAT_CSV,
	"parquet": snapshotv1.TrainingFormat_TRAINING_FORMAT_PARQUET,
	"arrow":   snapshotv1.TrainingFormat_TRAINING_FORMAT_ARROW,
}

// read exports a set in a format and reads the file.
func (s *suite) read(t testing.TB, id, format string) (formattest.Table, written) {
	t.Helper()
	w, err := s.exportAs(id, formats[format])
	require.NoError(t, err)
	return formattest.Read(t, format, w.text), w
}

// sameInEveryFormat holds the typed files of a set to its CSV, value by value.
func (s *suite) sameInEveryFormat(t testing.TB, id string) {
	t.Helper()
	want, _ := s.read(t, id, "csv")
	var hashes []string
	for _, typed := range []string{"parquet", "arrow"} {
		got, w := s.read(t, id, typed)
		require.Equal(t, want.Columns, got.Columns, typed)
		require.Equal(t, want.Rows, got.Rows, typed)
		require.EqualValues(t, len(want.Rows), w.file.GetRows())
		hashes = append(hashes, w.file.GetContentHash())
	}
	require.NotEmpty(t, hashes[0])
	require.Equal(t, hashes[0], hashes[1], "the content hash is of the rows, not of the format")
}

// everyType is a dataset with a column of each type that one may have.
func everyType() *datasetv1.Dataset {
	d := people()
	d.Tables = append(d.Tables, &datasetv1.Table{Name: "every", Key: []string{"id"}, Columns: columns("id", "text",
		"small", "smallint", "whole", "integer", "big", "bigint", "free", "numeric", "money", "numeric(10,2)", "long", "numeric(60,20)",
		"single", "real", "double_", "double precision", "flag", "boolean", "day", "date", "at", "timestamp", "at_tz", "timestamptz",
		"short", "varchar(9)", "padded", "char(5)", "id_", "uuid", "doc", "jsonb")})
	d.Snapshots = append(d.Snapshots, &datasetv1.Snapshot{Name: "every_s", From: "every"})
	set := d.GetTrainingSets()[0]
	set.Features = nil
	for _, c := range d.GetTables()[len(d.GetTables())-1].GetColumns()[1:] {
		set.Features = append(set.Features, &datasetv1.Feature{Column: "every_s." + c.GetName()})
	}
	return d
}

func everyTypeIn() map[string]string {
	rows := peopleIn()
	rows["every"] = `values
		('a', 7::smallint, -8, 9223372036854775807, 24.483650766787413, 12.50::numeric(10,2), 1234567890123456789012345678901234567890.5::numeric(60,20),
		 1.5::real, 0.1::double precision, true, date '2024-02-29', timestamp '2024-02-29 12:34:56.789', timestamptz '2024-02-29 12:34:56+02',
		 'short', 'pad'::char(5), '5b7c6f1e-0000-4000-8000-00000000abcd'::uuid, '{"a": [1.50, null], "b": "ü, \"q\""}'::jsonb),
		('b', (-32768)::smallint, 0, -1, -1000000.000, -0.01::numeric(10,2), 0::numeric(60,20),
		 '-0'::real, 1e300::double precision, false, date '1969-12-31', timestamp '1969-12-31 23:59:59.999999', timestamptz '1900-01-01 00:00:00+00',
		 '', ''::char(5), '00000000-0000-0000-0000-000000000000'::uuid, 'null'::jsonb),
		('C', null::smallint, null::integer, null::bigint, null::numeric, null::numeric(10,2), null::numeric(60,20),
		 null::real, null::double precision, null::boolean, null::date, null::timestamp, null::timestamptz,
		 null::varchar(9), null::char(5), null::uuid, null::jsonb)`
	return rows
}

// trainedOfEveryType is a set with a feature of each type.
func (s *suite) trainedOfEveryType(t testing.TB) *snapshotv1.TrainingSet {
	t.Helper()
	d := everyType()
	for _, asOf := range []string{january, february} {
		s.deliver(t, d, asOf, everyTypeIn()).history()
	}
	req := trainingRequest(january)
	req.Declaration = d
	return s.trained(t, req)
}

func TestEveryTypeIsTheSameInEveryFormat(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	id := s.trainedOfEveryType(t).GetId()

	s.sameInEveryFormat(t, id)

	got, w := s.read(t, id, "parquet")
	require.Equal(t, map[string]string{
		"id": "utf8", "as_of": "date32", "small": "int16", "whole": "int32", "big": "int64",
		"free":  "decimal(22, 15)", // what its values need: seven digits before the point, fifteen behind
		"money": "decimal(10, 2)", "long": "utf8", "single": "float32", "double_": "float64", "flag": "bool", "day": "date32",
		"at": "timestamp[us]", "at_tz": "timestamp[us, tz=UTC]", "short": "utf8", "padded": "utf8", "id_": "utf8", "doc": "utf8", "left_us": "bool",
	}, typesOf(got))
	require.Equal(t, []int64{3}, got.Groups)
	require.Equal(t, "parquet/1", w.head.GetWriter())
	require.Equal(t, formats["parquet"], w.head.GetFormat())
	require.Equal(t, "leaving_"+id+".parquet", w.head.GetName())
	sum := sha256.Sum256([]byte(w.text))
	require.Equal(t, hex.EncodeToString(sum[:]), w.file.GetSha256())
	require.EqualValues(t, len(w.text), w.file.GetBytes())
}

func typesOf(t formattest.Table) map[string]string {
	types := map[string]string{}
	for i, name := range t.Columns {
		types[name] = t.Types[i]
	}
	return types
}

// Each format has bytes that are made again, and an ETag of its own.
func TestEveryFormatIsMadeAgainByteForByte(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	id := s.trainedOfEveryType(t).GetId()
	var etags []string
	for name := range formats {
		_, first := s.read(t, id, name)
		_, again := s.read(t, id, name)
		rebuilt, err := s.rebuild(first.file.GetManifest())
		require.NoError(t, err)

		require.Equal(t, first.text, again.text, name)
		require.Equal(t, first.text, rebuilt.text, name)
		require.Equal(t, first.file.String(), rebuilt.file.String())
		require.Empty(t, rebuilt.file.GetOtherWriter())
		verified, err := s.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{Manifest: first.file.GetManifest()})
		require.NoError(t, err)
		require.True(t, verified.GetSame())
		require.False(t, verified.GetSameRows())
		require.Equal(t, first.file.GetWriter(), verified.GetWriter())
		require.Equal(t, first.file.GetWriter(), verified.GetManifestWriter())
		etags = append(etags, first.head.GetEtag())
	}
	slices.Sort(etags)
	require.Len(t, slices.Compact(etags), len(formats))
}

// writtenBy is a manifest as another version of the writer would have written it.
func writtenBy(t *testing.T, manifest, writer string, change func(file map[string]any)) string {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(manifest), &m))
	file, _ := m["file"].(map[string]any)
	file["writer"], file["sha256"] = writer, strings.Repeat("0", 64)
	change(file)
	text, err := json.Marshal(m)
	require.NoError(t, err)
	return string(text)
}

// Under another version of the writer the rows are what is promised, and rebuild says so.
func TestAnotherVersionOfTheWriterGivesTheSameRows(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	id := s.trainedOfEveryType(t).GetId()
	_, first := s.read(t, id, "parquet")
	older := writtenBy(t, first.file.GetManifest(), "parquet/0", func(map[string]any) {})

	rebuilt, err := s.rebuild(older)
	require.NoError(t, err)
	require.Equal(t, first.text, rebuilt.text)
	require.Equal(t, "parquet/0", rebuilt.file.GetOtherWriter())
	require.Equal(t, "parquet/1", rebuilt.file.GetWriter())
	verified, err := s.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{Manifest: older})
	require.NoError(t, err)
	require.False(t, verified.GetSame())
	require.True(t, verified.GetSameRows())
	require.Empty(t, verified.GetDifferences())
	require.Equal(t, "parquet/0", verified.GetManifestWriter())

	for name, changed := range map[string]string{
		"other rows":           writtenBy(t, first.file.GetManifest(), "parquet/0", func(f map[string]any) { f["content_hash"] = "t1:0" }),
		"no content hash":      writtenBy(t, first.file.GetManifest(), "parquet/0", func(f map[string]any) { delete(f, "content_hash") }),
		"the same writer":      writtenBy(t, first.file.GetManifest(), "parquet/1", func(map[string]any) {}),
		"other bytes of a csv": writtenBy(t, first.file.GetManifest(), "csv/1", func(f map[string]any) { f["format"] = "csv" }),
	} {
		_, err := s.rebuild(changed)
		requireReason(t, err, problem.TrainingSetChanged)
		verified, err := s.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{Manifest: changed})
		require.NoError(t, err)
		require.False(t, verified.GetSame() || verified.GetSameRows(), name)
		require.Contains(t, verified.GetDifferences()[0], "file: expected ", name)
	}
	_, err = s.rebuild(writtenBy(t, first.file.GetManifest(), "orc/1", func(f map[string]any) { f["format"] = "orc" }))
	require.Contains(t, requireReason(t, err, problem.TrainingManifestInvalid).Message, `file: format: expected one of csv, parquet, arrow, found "orc"`)
}

// Rows that were tampered with are found whatever the format; a value that no decimal is,
// is refused and named.
func TestTypedFilesOfRowsThatChangedAreNone(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	id := s.trainedOfEveryType(t).GetId()
	_, first := s.read(t, id, "arrow")

	s.db.Exec(t, "update sf_history.every_s__2024_01_31__r1 set whole = whole + 1 where id = 'a'")
	_, err := s.rebuild(first.file.GetManifest())
	requireReason(t, err, problem.TrainingSetChanged)

	for value, column := range map[string]string{"'NaN'": "free", "'infinity'": "day", "'-infinity'": "at_tz"} {
		s.db.Exec(t, fmt.Sprintf("update sf_history.every_s__2024_01_31__r1 set %s = %s where id = 'a'", column, value))
		_, err = s.exportAs(id, formats["parquet"])
		p := requireReason(t, err, problem.TrainingFormatUnfit)
		require.Equal(t, column, p.Violations[0].Subject)
		_, err = s.exportAs(id, formats["csv"])
		require.NoError(t, err)
		s.db.Exec(t, fmt.Sprintf("update sf_history.every_s__2024_01_31__r1 set %s = null where id = 'a'", column))
	}
}

// A batch holds so many rows and no more, whatever the size of the set.
func TestManyRowsAreCutIntoGroups(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	rows := peopleIn()
	rows["persons"] = "select lpad(n::text, 6, '0'), n, 'Ulm', 1 from generate_series(1, 70000) n"
	rows["usage"] = "select lpad(n::text, 6, '0'), n / 8.0, n % 2 = 0 from generate_series(1, 70000) n"
	rows["outcomes"] = "select lpad(n::text, 6, '0'), n % 3 = 0 from generate_series(1, 70000) n"
	s.stamped(t, january, rows)
	s.stamped(t, february, rows)
	id := s.trained(t, trainingRequest(january)).GetId()

	s.sameInEveryFormat(t, id)

	got, w := s.read(t, id, "parquet")
	require.Equal(t, []int64{65536, 4464}, got.Groups)
	require.Less(t, w.file.GetBytes(), int64(1<<20), "zstd")
	got, _ = s.read(t, id, "arrow")
	require.Len(t, got.Groups, 9)
	require.EqualValues(t, 8192, got.Groups[0])
}

func TestFormatsAreNamed(t *testing.T) {
	t.Parallel()
	for _, f := range format.All() {
		same, err := format.Named(f.Name())
		require.NoError(t, err)
		require.Equal(t, f, same)
		require.True(t, strings.HasPrefix(f.Writer(), f.Name()+"/"))
		require.Contains(t, formats, f.Name())
	}
	_, err := format.Named("")
	require.EqualError(t, err, `expected one of csv, parquet, arrow, found ""`)
}
