-- A page of the validations of a dataset, and of one batch where $2 names it and of one
-- as_of where $5 gives it, newest first, from after $3 on. Reports are large, and no list shows them.
select id, batch, dataset, dataset_version, as_of, run, success,
       evaluated, successful, unsuccessful, skipped, success_percent, rejected_rows, started_at, ended_at, '{}'::text
from sf_quality.validation
where dataset = $1
  and ($2 = '' or batch = $2)
  and ($3 = '' or id < $3)
  and ($5 = '' or as_of = nullif($5, '')::date)
order by id desc
limit $4
