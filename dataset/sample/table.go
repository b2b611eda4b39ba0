package sample

import (
	"strconv"
	"time"
)

// table is one of the six files: its header, and how a row of it is written.
type table struct {
	file   string
	header string
	row    func(line []byte, p *person, now state) []byte
}

// tables are the files in the order in which a manifest lists them, with the
// headers of the real ones.
var tables = []table{
	{"users.csv", "user_id,signup_date,user_gender,user_is_senior,has_family,has_dependents", usersRow},
	{"subscriptions.csv", "user_id,months_active,plan_stream_tv,plan_stream_movies,contract_type," +
		"paperless_billing,monthly_fee,total_paid,net_service", subscriptionsRow},
	{"usage_agg_30d.csv", "user_id,watch_hours_30d,avg_session_mins_7d,unique_devices_30d,skips_7d,rebuffer_events_7d", usageRow},
	{"payments_agg_90d.csv", "user_id,failed_payments_90d", paymentsRow},
	{"support_agg_90d.csv", "user_id,support_tickets_90d,ticket_avg_resolution_hrs_90d", supportRow},
	{"labels.csv", "user_id,churn_label", labelsRow},
}

func usersRow(line []byte, p *person, _ state) []byte {
	line = append(line, p.id[:]...)
	line = p.signup.AppendFormat(append(line, ','), time.DateOnly)
	if p.female {
		line = append(line, ",Female"...)
	} else {
		line = append(line, ",Male"...)
	}
	line = appendBool(line, p.senior)
	line = appendBool(line, p.family)
	return append(appendBool(line, p.dependents), '\n')
}

func subscriptionsRow(line []byte, p *person, _ state) []byte {
	line = appendInt(append(line, p.id[:]...), p.monthsActive)
	if p.net == noConnection {
		line = append(line, ",,"...)
	} else {
		line = appendBool(appendBool(line, p.tv), p.movies)
	}
	line = append(append(line, ','), contracts[p.contract]...)
	line = appendBool(line, p.paperless)
	line = appendCents(appendCents(line, p.fee), p.paid)
	line = append(append(line, ','), connections[p.net]...)
	return append(line, '\n')
}

// sessionMinutes is the same in every row, as it is in the real usage.
const sessionMinutes = ",29.14104464084511"

func usageRow(line []byte, p *person, now state) []byte {
	line = append(append(line, p.id[:]...), ',')
	line = strconv.AppendFloat(line, float64(now.watch)/float64(hour), 'f', -1, 64)
	line = append(line, sessionMinutes...)
	line = appendInt(appendInt(line, p.devices), p.skips)
	return append(appendInt(line, now.rebuffers), '\n')
}

func paymentsRow(line []byte, p *person, now state) []byte {
	return append(appendInt(append(line, p.id[:]...), now.failed), '\n')
}

func supportRow(line []byte, p *person, now state) []byte {
	line = appendInt(append(line, p.id[:]...), now.tickets)
	line = strconv.AppendInt(append(line, ','), p.resolution/10, 10)
	return append(line, '.', '0'+byte(p.resolution%10), '\n')
}

func labelsRow(line []byte, p *person, now state) []byte {
	return append(appendBool(append(line, p.id[:]...), now.churned), '\n')
}

func appendBool(line []byte, b bool) []byte {
	if b {
		return append(line, ",True"...)
	}
	return append(line, ",False"...)
}

func appendInt(line []byte, n int) []byte {
	return strconv.AppendInt(append(line, ','), int64(n), 10)
}

// appendCents writes an amount as Python writes a float: 29.85, 70.7, 20.0.
func appendCents(line []byte, cents int64) []byte {
	line = strconv.AppendInt(append(line, ','), cents/100, 10)
	line = append(line, '.', '0'+byte(cents%100/10))
	if last := byte(cents % 10); last != 0 {
		line = append(line, '0'+last)
	}
	return line
}
