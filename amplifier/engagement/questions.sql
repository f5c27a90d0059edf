-- Ten questions about what came of it, each a statement that runs as it is on SQLite and PostgreSQL.
-- They leave values open. Empty ones have a default: :mode live, :campaign all of them, :age_mark 24h. An age is written
-- as in reports (15m, 6h, 7d), or in seconds as in the views. Each answer says the mode of its rows.

-- log: What went out, when, where?
-- Every post that is out, the newest first.
SELECT sent_at, sent_at_local, campaign, mode, account, network, thread, k, n, text, url, deleted_at
FROM post_log
WHERE state = 'sent' AND mode = COALESCE(NULLIF(:mode, ''), 'live') AND (:campaign = '' OR campaign = :campaign)
ORDER BY sent_at DESC, post_id DESC;

-- now: Where do we stand now?
-- Every post that is out, with its newest reading. Posts are of different ages here: compare them by another question.
-- A count that is empty was not told, never 0; not_told says why. A post without taken_at was not read yet.
SELECT p.campaign, p.mode, p.account, p.thread, p.k, p.sent_at_local, l.taken_at,
    ROUND(l.age_seconds / 360.0) / 10 AS age_hours, l.impressions, l.interactions,
    ROUND(10000.0 * l.rate) / 100 AS rate_percent, l.likes, l.reposts, l.replies, l.quotes, l.bookmarks, l.link_clicks,
    l.gone_at, l.not_told, p.text, p.url
FROM post_log p
LEFT JOIN engagement_latest l ON l.post_id = p.post_id
WHERE p.state = 'sent' AND p.mode = COALESCE(NULLIF(:mode, ''), 'live') AND (:campaign = '' OR p.campaign = :campaign)
ORDER BY p.sent_at DESC, p.post_id DESC;

-- best: Which threads did best at the same age?
-- Threads at one age mark, those with the most interactions first. Sums are empty where not every post was told.
-- Interactions are likes, reposts, replies, quotes and bookmarks; rate_percent is interactions per 100 impressions.
SELECT campaign, mode, account, thread, sent_at_local, posts, told, impressions, interactions,
    ROUND(10000.0 * rate) / 100 AS rate_percent, link_clicks, template, hook
FROM thread_results
WHERE mode = COALESCE(NULLIF(:mode, ''), 'live') AND (:campaign = '' OR campaign = :campaign)
    AND age_mark = CAST(RTRIM(COALESCE(NULLIF(:age_mark, ''), '86400'), 'mhd') AS INTEGER)
        * CASE WHEN :age_mark LIKE '%d' THEN 86400 WHEN :age_mark LIKE '%h' THEN 3600
            WHEN :age_mark LIKE '%m' THEN 60 ELSE 1 END
ORDER BY interactions DESC NULLS LAST, sent_at_local DESC;

-- retention: Do readers stay to the end of a thread?
-- Each post's impressions in per cent of those of its thread's first post, at the greatest age at which both were told.
-- The last line of a thread is its end. Corrections, which answer a post that is out, are left out.
SELECT campaign, mode, account, thread, k, impressions, ROUND(1000.0 * retention) / 10 AS stayed_percent, age_mark, text
FROM thread_retention
WHERE reply_to IS NULL AND mode = COALESCE(NULLIF(:mode, ''), 'live') AND (:campaign = '' OR campaign = :campaign)
ORDER BY campaign, account, thread, k;

-- hooks: Which first post (hook) worked better?
-- Threads by their hook, at one age mark. A thread is one case, however often it was shown: under 8 threads it is too
-- early to tell. Where the ranges from lowest to highest overlap, look at amplifier report, which says how sure it is.
SELECT campaign, mode, network, hook, threads, left_out,
    CASE WHEN threads < 8 THEN 'too early to tell' ELSE 'see report' END AS verdict,
    ROUND(10000.0 * thread_rate) / 100 AS rate_percent, ROUND(10000.0 * lowest_rate) / 100 AS lowest_percent,
    ROUND(10000.0 * highest_rate) / 100 AS highest_percent, posts, impressions, interactions
FROM variant_results
WHERE mode = COALESCE(NULLIF(:mode, ''), 'live') AND (:campaign = '' OR campaign = :campaign)
    AND age_mark = CAST(RTRIM(COALESCE(NULLIF(:age_mark, ''), '86400'), 'mhd') AS INTEGER)
        * CASE WHEN :age_mark LIKE '%d' THEN 86400 WHEN :age_mark LIKE '%h' THEN 3600
            WHEN :age_mark LIKE '%m' THEN 60 ELSE 1 END
ORDER BY campaign, network, hook;

-- templates: Which template works?
-- Threads by their template, at one age mark; rate_percent is the mean of the threads' own rates. Under 8 threads it
-- is too early to tell.
SELECT campaign, mode, network, template, threads, left_out,
    CASE WHEN threads < 8 THEN 'too early to tell' ELSE 'see report' END AS verdict,
    ROUND(10000.0 * thread_rate) / 100 AS rate_percent, ROUND(10000.0 * lowest_rate) / 100 AS lowest_percent,
    ROUND(10000.0 * highest_rate) / 100 AS highest_percent, posts, impressions, interactions
FROM template_results
WHERE mode = COALESCE(NULLIF(:mode, ''), 'live') AND (:campaign = '' OR campaign = :campaign)
    AND age_mark = CAST(RTRIM(COALESCE(NULLIF(:age_mark, ''), '86400'), 'mhd') AS INTEGER)
        * CASE WHEN :age_mark LIKE '%d' THEN 86400 WHEN :age_mark LIKE '%h' THEN 3600
            WHEN :age_mark LIKE '%m' THEN 60 ELSE 1 END
ORDER BY rate_percent DESC NULLS LAST, campaign, network, template;

-- slots: Which weekday and hour?
-- Threads by the wall time of their start in the campaign's zone, at one age mark; weekday 1 is Monday. Under 8
-- threads it is too early to tell, and staff chose which threads went where.
SELECT campaign, mode, account, network, weekday, hour, threads, left_out,
    ROUND(10000.0 * thread_rate) / 100 AS rate_percent, ROUND(10000.0 * lowest_rate) / 100 AS lowest_percent,
    ROUND(10000.0 * highest_rate) / 100 AS highest_percent, impressions, interactions
FROM slot_results
WHERE mode = COALESCE(NULLIF(:mode, ''), 'live') AND (:campaign = '' OR campaign = :campaign)
    AND age_mark = CAST(RTRIM(COALESCE(NULLIF(:age_mark, ''), '86400'), 'mhd') AS INTEGER)
        * CASE WHEN :age_mark LIKE '%d' THEN 86400 WHEN :age_mark LIKE '%h' THEN 3600
            WHEN :age_mark LIKE '%m' THEN 60 ELSE 1 END
ORDER BY campaign, account, network, weekday, hour;

-- hashtags: Which hashtags go with more interactions?
-- Posts by hashtag, at one age mark; a post with two counts for both. They go together with results; that is not to say
-- that they cause them: first and last posts carry most hashtags, and first posts are shown most.
SELECT campaign, mode, network, hashtag, threads, posts, told, impressions, interactions,
    ROUND(10000.0 * rate) / 100 AS rate_percent
FROM hashtag_results
WHERE mode = COALESCE(NULLIF(:mode, ''), 'live') AND (:campaign = '' OR campaign = :campaign)
    AND age_mark = CAST(RTRIM(COALESCE(NULLIF(:age_mark, ''), '86400'), 'mhd') AS INTEGER)
        * CASE WHEN :age_mark LIKE '%d' THEN 86400 WHEN :age_mark LIKE '%h' THEN 3600
            WHEN :age_mark LIKE '%m' THEN 60 ELSE 1 END
ORDER BY rate_percent DESC NULLS LAST, campaign, network, hashtag;

-- cost: What did it cost, per post, per interaction?
-- What creating posts and reading their counts cost, in US dollars, and what the newest readings tell. usd_per_interaction
-- is empty where not every post was told. Reading an account's followers belongs to no campaign. In modes other than live
-- it is what X would have charged.
WITH cost AS (
    SELECT campaign, mode, account, network, SUM(CASE WHEN what = 'create' THEN units END) AS posts,
        SUM(CASE WHEN what = 'create' THEN cost_usd END) AS create_usd,
        SUM(CASE WHEN what <> 'create' THEN cost_usd END) AS read_usd, SUM(cost_usd) AS cost_usd
    FROM cost_log
    WHERE mode = COALESCE(NULLIF(:mode, ''), 'live') AND (:campaign = '' OR campaign = :campaign)
    GROUP BY campaign, mode, account, network
), seen AS (
    SELECT campaign, account, network, COUNT(interactions) AS told, SUM(interactions) AS interactions
    FROM engagement_latest
    WHERE mode = COALESCE(NULLIF(:mode, ''), 'live')
    GROUP BY campaign, account, network
)
SELECT c.campaign, c.mode, c.account, c.network, c.posts, ROUND(10000.0 * c.create_usd) / 10000 AS create_usd,
    ROUND(10000.0 * c.read_usd) / 10000 AS read_usd, ROUND(10000.0 * c.cost_usd) / 10000 AS cost_usd,
    ROUND(10000.0 * c.cost_usd / c.posts) / 10000 AS usd_per_post, s.told, s.interactions,
    CASE WHEN s.told = c.posts THEN ROUND(10000.0 * c.cost_usd / NULLIF(s.interactions, 0)) / 10000 END AS usd_per_interaction
FROM cost c
LEFT JOIN seen s ON s.campaign = c.campaign AND s.account = c.account AND s.network = c.network
ORDER BY c.campaign NULLS LAST, c.account, c.network;

-- unknown: What do we not know?
-- Readings that were missed, posts that are gone, counts that the network did not tell, posts that were not read yet.
-- What is listed here is nowhere counted as 0.
SELECT 'missed reading' AS what, campaign, mode, account, thread, k, found_at AS since, age_mark, why
FROM reading_gaps
WHERE mode = COALESCE(NULLIF(:mode, ''), 'live') AND (:campaign = '' OR campaign = :campaign)
UNION ALL
SELECT 'gone', campaign, mode, account, thread, k, gone_at, NULL, 'the network says that it no longer exists'
FROM engagement_latest
WHERE gone_at IS NOT NULL AND mode = COALESCE(NULLIF(:mode, ''), 'live') AND (:campaign = '' OR campaign = :campaign)
UNION ALL
SELECT 'counts not told', campaign, mode, account, thread, k, taken_at, NULL,
    COALESCE(not_told, 'the network left it out')
FROM engagement_latest
WHERE gone_at IS NULL AND (not_told IS NOT NULL OR interactions IS NULL OR impressions IS NULL)
    AND mode = COALESCE(NULLIF(:mode, ''), 'live') AND (:campaign = '' OR campaign = :campaign)
UNION ALL
SELECT 'not read yet', p.campaign, p.mode, p.account, p.thread, p.k, p.sent_at, NULL, 'there is no reading of it'
FROM post_log p
LEFT JOIN engagement_latest l ON l.post_id = p.post_id
WHERE p.state = 'sent' AND l.post_id IS NULL AND p.mode = COALESCE(NULLIF(:mode, ''), 'live')
    AND (:campaign = '' OR p.campaign = :campaign)
ORDER BY what, campaign, account, thread, k, age_mark;
