-- Whom each role of the services serves: its comment, and the databases in which it owns
-- something or was granted something. PostgreSQL keeps account of those for the whole
-- server, and strikes a database out with its end.
select r.rolname::text,
       coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid'), ''),
       me.oid::bigint,
       me.datname::text,
       array(select d.oid::bigint
               from pg_catalog.pg_database d
              where d.oid in (select s.dbid from pg_catalog.pg_shdepend s
                               where s.refclassid = 'pg_catalog.pg_authid'::regclass and s.refobjid = r.oid)
              order by d.oid),
       array(select d.datname::text
               from pg_catalog.pg_database d
              where d.oid in (select s.dbid from pg_catalog.pg_shdepend s
                               where s.refclassid = 'pg_catalog.pg_authid'::regclass and s.refobjid = r.oid)
              order by d.oid)
  from pg_catalog.pg_roles r
  join pg_catalog.pg_database me on me.datname = pg_catalog.current_database()
 where r.rolname = any ($1)
 order by pg_catalog.array_position($1, r.rolname::text)
