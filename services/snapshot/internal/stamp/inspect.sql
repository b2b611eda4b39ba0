-- What stands under a name, as far as a partition can be attached to it.
select
    c.relkind::text,
    pg_catalog.pg_get_userbyid(c.relowner)::text,
    pg_catalog.pg_has_role(c.relowner, 'USAGE'),
    coalesce(pg_catalog.pg_get_partkeydef(c.oid), ''),
    array(
        select a.attname::text
        from pg_catalog.pg_index i
        cross join unnest(i.indkey::int2[]) with ordinality k (number, place)
        join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
        where i.indrelid = c.oid and i.indisprimary
        order by k.place
    ) as primary_key,
    array(
        select a.attname::text from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum
    ) as columns,
    array(
        select pg_catalog.format_type(a.atttypid, a.atttypmod)
            || case when a.attcollation <> t.typcollation then ' collate ' || quote_ident(o.collname) else '' end
            || case when a.attgenerated <> '' then ' generated' else '' end
            || case when a.attnotnull then ' not null' else '' end
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_type t on t.oid = a.atttypid
        left join pg_catalog.pg_collation o on o.oid = a.attcollation
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum
    ) as types,
    -- What attaching would check on the rows, for the first time and under lock; not
    -- what is unique in more than the primary key, which always holds. A
    -- unique constraint is found by its name, a unique index that has none by its own;
    -- PostgreSQL's own children of a foreign key go with it.
    array(
        select array[r.kind, r.name, r.definition]
        from (
            select case k.contype when 'c' then 'check constraint' when 'f' then 'foreign key'
                    when 'u' then 'unique constraint' else 'exclusion constraint' end,
                k.conname::text, pg_catalog.pg_get_constraintdef(k.oid)
            from pg_catalog.pg_constraint k
            where k.conrelid = c.oid and k.contype in ('c', 'f', 'u', 'x') and k.conparentid = 0
              and not (k.contype = 'u' and k.conkey @> (
                  select p.indkey::int2[] from pg_catalog.pg_index p where p.indrelid = c.oid and p.indisprimary))
            union all
            select 'unique index', x.relname::text,
                'on ' || substring(pg_catalog.pg_get_indexdef(i.indexrelid) from ' USING \w+ (.*)$')
            from pg_catalog.pg_index i
            join pg_catalog.pg_class x on x.oid = i.indexrelid
            where i.indrelid = c.oid and i.indisunique
              and not (i.indexprs is null and i.indpred is null and (i.indkey::int2[])[0:i.indnkeyatts - 1] @> (
                  select p.indkey::int2[] from pg_catalog.pg_index p where p.indrelid = c.oid and p.indisprimary))
              and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.conrelid = c.oid)
        ) r (kind, name, definition)
        order by r.kind collate "C", r.name collate "C"
    ) as rules,
    -- A partition that already holds the as_of, or the default one, is in the way.
    array(
        select format('%s %s', p.oid::regclass, pg_catalog.pg_get_expr(p.relpartbound, p.oid))
        from pg_catalog.pg_inherits i
        join pg_catalog.pg_class p on p.oid = i.inhrelid
        where i.inhparent = c.oid
          and (pg_catalog.pg_get_expr(p.relpartbound, p.oid) = 'DEFAULT'
               or position(quote_literal($3::text) in pg_catalog.pg_get_expr(p.relpartbound, p.oid)) > 0)
    ) as in_the_way,
    current_user::text,
    -- Row level security is for readers: what it hides from the services would pass for
    -- rows that are gone.
    array(
        select r.rolname::text from pg_catalog.pg_roles r
        where c.relrowsecurity and r.rolname in (current_user, 'sf_ingest', 'sf_quality', 'sf_snapshot') and not r.rolsuper and not r.rolbypassrls
          and (c.relforcerowsecurity or not pg_catalog.pg_has_role(r.oid, c.relowner, 'usage'))
        order by r.rolname collate "C"
    ) as blinded
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2
