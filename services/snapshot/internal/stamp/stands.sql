-- Whether something stands on a partition that may refuse or change rows: a trigger,
-- PostgreSQL's own for a foreign key among them, a constraint or an index beside the key,
-- a rule. $3 and $4 are the table that it is of, whose triggers and indexes it gets again
-- where it is detached; $5 is the service's own check of the as_of.
select exists (
    select
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where (n.nspname = $1 and c.relname = $2 or n.nspname = $3 and c.relname = $4)
      and (exists (select from pg_catalog.pg_trigger t where t.tgrelid = c.oid)
           or exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and not i.indisprimary)
           or exists (select from pg_catalog.pg_constraint k
                      where k.conrelid = c.oid and k.contype in ('c', 'f', 'u', 'x') and k.conname <> $5)
           or exists (select from pg_catalog.pg_rewrite r where r.ev_class = c.oid))
)
