-- Those whose identifier begins with a text, the shortest first: of more than $2 it is
-- enough to know that there are.
select id, batch, dataset, dataset_version, as_of, run, success,
       evaluated, successful, unsuccessful, skipped, success_percent, rejected_rows, started_at, ended_at, report::text
from sf_quality.validation
where id like $1
order by id
limit $2
