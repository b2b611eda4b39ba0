select
    count(*),
    count(s."user_id"),
    count(s."watch_hours_30d"),
    count(*) filter (where s."watch_hours_30d" < $1::numeric or s."watch_hours_30d" = 'NaN'),
    count(*) filter (where s."watch_hours_30d" > $2::numeric),
    count(s."avg_session_mins_7d"),
    count(*) filter (where s."avg_session_mins_7d" < $3::numeric or s."avg_session_mins_7d" = 'NaN'),
    count(s."unique_devices_30d"),
    count(*) filter (where s."unique_devices_30d" < $4::integer),
    count(*) filter (where s."unique_devices_30d" < $5::integer),
    count(s."skips_7d"),
    count(*) filter (where s."skips_7d" < $6::integer),
    count(s."rebuffer_events_7d"),
    count(*) filter (where s."rebuffer_events_7d" < $7::integer)
from "sf_staging"."bat_1_f1_usage_agg_30d" as s;
-- parameters: [0 720 0 0 1 0 0]

-- a pass of its own: which values repeat is only known once the rows are grouped by value
select coalesce(sum(n), 0)::bigint
from (select count(*) as n from "sf_staging"."bat_1_f1_usage_agg_30d" as s where s."user_id" is not null group by s."user_id" having count(*) > 1) as repeated;
-- parameters: []

-- the first rows that break expect_column_values_to_not_be_null
select s.sf_file, s.sf_line, left(s."user_id"::text, 201), array[left(s."user_id"::text, 201)]
from (
    select * from "sf_staging"."bat_1_f1_usage_agg_30d" as s
    where s."user_id" is null
    order by s.sf_file, s.sf_line
    limit 20
) as s
order by s.sf_file, s.sf_line;
-- parameters: []
