"""Outputs of code under assessment that try to act: what a browser runs, fetches, follows, or lays over our page."""

from __future__ import annotations

from tests.unit.dashboards.synthetic_cohort import TABLE


def hostile_html(beacon: str) -> str:
    """Return whatever a browser runs, fetches or follows, and what would lie over our page if it could (I07, I08)."""
    return f"""
<script>parent.document.title = 'hacked'; fetch('{beacon}script')</script>
<img src="{beacon}img" onerror="parent.document.title='hacked'">
<img src=x onerror="parent.document.title='hacked'">
<svg onload="parent.document.title='hacked'"><image href="{beacon}svg"/><a href="javascript:alert(1)">
<text y="9">x</text></a>
<animate attributeName="href" values="javascript:alert(1)"/><set attributeName="onclick" to="alert(1)"/></svg>
<meta http-equiv="refresh" content="0;url={beacon}meta"><base href="{beacon}base/">
<link rel="stylesheet" href="{beacon}css">
<link rel="prefetch" href="{beacon}prefetch"><link rel="dns-prefetch" href="{beacon}">
<style>@import url({beacon}import); body{{background:url({beacon}background)}}
.x{{position:fixed;inset:0;z-index:99999}}</style>
<div class="x" style="position:fixed;inset:0;background:red;z-index:2147483647">SCORE 100 %</div>
<iframe src="{beacon}frame" srcdoc="<script>top.document.title='hacked'</script>"></iframe>
<object data="{beacon}object"></object><embed src="{beacon}embed">
<video poster="{beacon}poster" src="{beacon}video" autoplay></video>
<form action="{beacon}form"><button formaction="{beacon}button">Sign in again</button>
<input autofocus onfocus="alert(1)"></form>
<a href="javascript:parent.document.title='hacked'" target="_top">a link</a>
<a href="{beacon}link" target="_blank">out</a>
<template shadowrootmode="open"><img src="{beacon}shadow"><script>parent.document.title='hacked'</script>
</template>
<noscript><img src="{beacon}noscript"></noscript><math><mtext><table><mglyph><style>
<img src="{beacon}mutation"></style></table></math>
<details open ontoggle="parent.document.title='hacked'">d</details>
<body onload="parent.document.title='hacked'">
<p id="harmless">a harmless table follows</p>{TABLE}
"""


def hostile_svg(beacon: str) -> str:
    """Return a picture with scripts and pictures of its own."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="top.document.title=1"><script>'
        f"top.document.title='hacked'</script><image href='{beacon}in-svg'/>"
        f"<style>@import url({beacon}svg-css);</style>"
        '<rect width="40" height="40" fill="teal"/></svg>'
    )


def hostile_markdown(beacon: str) -> str:
    """Return Markdown with markup and links."""
    return (
        f"# Notes <img src={beacon}markdown onerror=alert(1)>\n\n"
        f"[press](javascript:alert(1)) ![pixel]({beacon}pixel)\n\n"
        "<script>document.title='hacked'</script>\n"
    )
