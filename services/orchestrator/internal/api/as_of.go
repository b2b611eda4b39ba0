package api

import (
	"errors"
	"time"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// earliestAsOf is the first as_of that a run may have. What is earlier is a slip of
// the pen, and history keeps what is stamped for ever.
var earliestAsOf = time.Date(1900, time.January, 1, 0, 0, 0, 0, time.UTC)

// latestAsOf is the last as_of that a run may have at a moment: tomorrow by UTC,
// which is today where the day begins before it does there.
func latestAsOf(now time.Time) time.Time { return today(now).AddDate(0, 0, 1) }

func today(now time.Time) time.Time { return now.UTC().Truncate(24 * time.Hour) }

// checkForm refuses what is not written as a date. What is, and is no day, is for the
// calendar of the dataset to correct.
func checkForm(asOf string) error {
	var none *dataset.NoSuchDayError
	if err := checkAsOf(asOf); !errors.As(err, &none) {
		return err
	}
	return nil
}

// checkAsOf refuses what is no date, and what has the shape of one, such as 2024-02-31.
func checkAsOf(asOf string) error {
	if _, err := dataset.ParseAsOf(asOf); err != nil {
		return problem.Wrap(err, problem.InvalidRequest, "%v", err).Violate("as_of", "%v", err)
	}
	return nil
}

// onCalendar refuses an as_of that is none of the dataset's, or none that data can
// have by now, and proposes the one that was probably meant. A later one would be the
// dataset's watermark, behind which every true delivery is a backfill.
func onCalendar(d *datasetv1.Dataset, text string, now time.Time) error {
	asOf, err := dataset.ParseAsOf(text)
	var none *dataset.NoSuchDayError
	if errors.As(err, &none) {
		return offAs(d, text, none.Closest, now, "expected an as_of, found %s, which is no such day: %s", text, none.Why)
	}
	if err != nil {
		return err
	}
	current, first := dataset.FormatAsOf(today(now)), dataset.FormatAsOf(earliestAsOf)
	collected := dataset.FirstCollected(d)
	switch {
	case asOf.After(latestAsOf(now)):
		return off(d, asOf, now, "expected an as_of that has come, found %s, which lies in the future: today is %s", text, current).With("today", current)
	case asOf.Before(earliestAsOf):
		return off(d, asOf, now, "expected an as_of of %s or later, found %s", first, text)
	case !dataset.OnCalendar(d.GetCalendar(), asOf):
		return off(d, asOf, now, "expected %s, as the calendar of dataset %s has it, found %s", dataset.EveryAsOf(d.GetCalendar()), d.GetName(), found(d, asOf))
	case text < collected: // dates as YYYY-MM-DD sort as texts
		return problem.New(problem.AsOfOffCalendar, "expected an as_of of which dataset %s has a table, found %s: the first is collected since %s", d.GetName(), text, collected).
			With("dataset", d.GetName()).With("as_of", text).With("closest", collected).
			Violate("as_of", "no table is collected before %s", collected)
	}
	return nil
}

// off is the error of an as_of that no run may have, with the closest that one may.
func off(d *datasetv1.Dataset, asOf, now time.Time, format string, args ...any) *problem.Error {
	return offAs(d, dataset.FormatAsOf(asOf), asOf, now, format, args...)
}

// offAs is off for an as_of that was written so, near that day.
func offAs(d *datasetv1.Dataset, text string, near, now time.Time, format string, args ...any) *problem.Error {
	closest := dataset.FormatAsOf(closestAsOf(d.GetCalendar(), near, now))
	return problem.New(problem.AsOfOffCalendar, format+"; the closest is %s", append(args, closest)...).
		With("dataset", d.GetName()).With("as_of", text).With("closest", closest).
		Violate("as_of", "no run may have %s; the closest is %s", text, closest)
}

// found is an as_of as a message shows it, with the day of the week where that decides.
func found(d *datasetv1.Dataset, asOf time.Time) string {
	text := dataset.FormatAsOf(asOf)
	if d.GetCalendar().GetPeriod() == datasetv1.Period_PERIOD_WEEK {
		text += ", a " + asOf.Weekday().String()
	}
	return text
}

// closestAsOf is the closest as_of of the calendar that a run may have and that has come: that
// of tomorrow, which a run may have where the day begins earlier, is never proposed.
func closestAsOf(c *datasetv1.Calendar, asOf, now time.Time) time.Time {
	closest := dataset.ClosestAsOf(c, asOf)
	switch latest := today(now); {
	case closest.After(latest):
		return dataset.PreviousAsOf(c, latest.AddDate(0, 0, 1))
	case closest.Before(earliestAsOf):
		return dataset.NextAsOf(c, earliestAsOf.AddDate(0, 0, -1))
	}
	return closest
}
