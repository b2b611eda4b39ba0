-- The run that a worker ($1) may take now: one whose lease has run out, or that it
-- holds itself without being at work on it ($2 lists those it is at work on); else a
-- queued one of a dataset that no run is running of, the oldest as_of of the dataset
-- first, and of those the one that waits longest.
select r.id, r.dataset, r.state, coalesce(r.lease_owner, ''), r.checkpoint
  from sf_orchestrator.run r
 where (r.state = 'RUNNING'
        and (r.lease_until <= clock_timestamp() or r.lease_owner = $1)
        and r.id <> all ($2::text[]))
    or (r.state = 'QUEUED'
        and not exists (
            select from sf_orchestrator.run o
             where o.dataset = r.dataset
               and o.state in ('QUEUED', 'RUNNING')
               and (o.state = 'RUNNING' or (o.as_of, o.id) < (r.as_of, r.id))))
 order by r.state = 'RUNNING' desc, r.id
 limit 1
   for no key update of r skip locked
