const light =
  '--ground:#fff;--ink:#1d2733;--soft:#4f5d6b;--line:#cdd6df;--sea:#e8f1f8;--land:#fff;--card:#f7f9fb;--good:#1a7f45;--fair:#8a5300;--bad:#b3261e;--built:#1f5aa8;--doubt:#5f5f6b;--focus:#0b57d0;--change:#a3179b';
const dark =
  '--ground:#11161c;--ink:#e7edf3;--soft:#aab7c4;--line:#36424e;--sea:#172430;--land:#1d2833;--card:#1a222b;--good:#63cf91;--fair:#f0b454;--bad:#ff8a80;--built:#86b7ff;--doubt:#b9b9c6;--focus:#a8c7fa;--change:#ff9df5';

/** Colours by their meaning, for light and dark. */
export const colours = `:root{${light}}@media (prefers-color-scheme:dark){:root{${dark}}}@media print{:root{${light}}}`;

/** What a drawing looks like, on a page or alone. */
export const drawingStyle = `
svg.map,svg.matrix{font:12px system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
.map text,.matrix text{fill:var(--ink)}
.sea{fill:var(--sea)}.land{fill:var(--land);stroke-width:2.5}
.closed .land{stroke:var(--good)}.half .land{stroke:var(--fair);stroke-dasharray:10 4}.open .land{stroke:var(--bad);stroke-dasharray:4 4}
.map .name{font-size:16px;font-weight:650}.map .soft{fill:var(--soft)}
.map .way{text-anchor:end;fill:var(--soft);font-size:11px}
.gate rect{fill:none;stroke-width:1.8}.gate path{fill:none;stroke-width:1.6}
.gate.deny rect,.gate.deny path{stroke:var(--good)}.gate.allow rect,.gate.allow path{stroke:var(--bad)}.gate.allow rect{stroke-dasharray:3 2}.gate.unknown rect{stroke:var(--doubt);stroke-dasharray:2 2}
.map .sign{text-anchor:middle;font-weight:700;font-size:12px}
.car{cursor:pointer}.car rect{fill:var(--card);stroke:var(--line);stroke-width:1.2}.car .shield{fill:none;stroke:var(--soft);stroke-width:1.5;stroke-dasharray:2 2}
.car.meshed rect{stroke:var(--good);stroke-width:2}.car.meshed .shield{fill:var(--good);stroke:var(--good);stroke-dasharray:none}
.car.unmeshed rect{stroke:var(--bad);stroke-dasharray:5 3}.map .car.unmeshed .sign{fill:var(--bad)}
.car .flag{fill:var(--fair);stroke:var(--fair);stroke-width:1.4}.car .error{fill:var(--bad)}
.car:focus{outline:none}.car:focus rect,.car:hover rect{stroke:var(--focus);stroke-width:3;stroke-dasharray:none}.car.chosen rect{fill:var(--focus);stroke:var(--focus)}.map .car.chosen text{fill:var(--ground)}
.bridge path{fill:none}.bridge.built path{stroke:var(--built)}.bridge.loose path{stroke:var(--bad);stroke-dasharray:7 5}.bridge.doubt path{stroke:var(--doubt);stroke-dasharray:2 4}.bridge.wide path{stroke:var(--fair)}
.arrow.built{fill:var(--built)}.arrow.loose{fill:var(--bad)}.arrow.doubt{fill:var(--doubt)}.arrow.wide{fill:var(--fair)}
.map .bridge-label{text-anchor:middle;font-size:11px;font-weight:600;paint-order:stroke;stroke:var(--sea);stroke-width:4px}
.map .bridge-label.built{fill:var(--built)}.map .bridge-label.loose{fill:var(--bad)}.map .bridge-label.doubt{fill:var(--doubt)}.map .bridge-label.wide{fill:var(--fair)}
.bridge.is-opened path,.bridge.is-changed path{stroke:var(--change);stroke-opacity:1}
.busy .bridge path{stroke-width:1.3;opacity:.7}.busy .bridge:hover path{stroke-width:5;opacity:1}
.map .dim{opacity:.13}
.cells.built{fill:var(--built)}.cells.loose{fill:var(--bad)}.cells.doubt{fill:var(--doubt)}.cells.wide{fill:var(--fair)}.field{fill:var(--land)}.diagonal{fill:none;stroke:var(--line)}
.matrix text{font-size:9px}.matrix .row{text-anchor:end}`;

/** What the rest of a page looks like. */
export const pageStyle = `
*{box-sizing:border-box}body{margin:0 auto;max-width:1500px;padding:28px;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
h1{margin:0;font-size:26px}h2{font-size:19px;margin:32px 0 10px}.day{color:var(--soft);margin:2px 0 18px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:14px;padding:0;margin:0;list-style:none}
.cards li{background:var(--card);border:1px solid var(--line);border-left:6px solid var(--line);border-radius:10px;padding:12px 16px}
.cards .good{border-left-color:var(--good)}.cards .fair{border-left-color:var(--fair)}.cards .bad{border-left-color:var(--bad)}
.cards strong{display:block;font-size:28px;line-height:1.25}.cards span{color:var(--soft);display:block}
.warning{border:1px solid var(--fair);border-radius:8px;padding:8px 14px;margin:14px 0}
.scroll{overflow:auto;border:1px solid var(--line);border-radius:12px}.scroll svg{display:block;margin:auto}svg.map{max-width:100%;height:auto}
.legend{display:flex;flex-wrap:wrap;gap:4px 22px;padding:0;margin:10px 0;list-style:none;color:var(--soft);font-size:13px}
.legend b{font-weight:600}.legend .built{color:var(--built)}.legend .loose{color:var(--bad)}.legend .wide{color:var(--fair)}.legend .doubt{color:var(--doubt)}.legend .change{color:var(--change)}.legend .ok{color:var(--good)}
form{display:flex;flex-wrap:wrap;gap:12px;align-items:end}label{display:flex;flex-direction:column;font-size:13px;color:var(--soft)}
input,button{font:inherit;padding:7px 11px;border:1px solid var(--soft);border-radius:8px;background:var(--ground);color:var(--ink)}input{min-width:270px}.search label{display:inline-flex}button{cursor:pointer;font-weight:600}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
#answer{min-height:3em;margin:12px 0;overflow-wrap:anywhere}#answer ul{margin:6px 0}code{font:13px ui-monospace,Menlo,Consolas,monospace;background:var(--card);padding:2px 6px;border-radius:5px}
table{border-collapse:collapse;width:100%;font-size:14px}th,td{text-align:left;vertical-align:top;padding:7px 12px;border-bottom:1px solid var(--line);overflow-wrap:anywhere}thead th{background:var(--card);overflow-wrap:normal}
td small{color:var(--soft);display:block}.is-good{color:var(--good);font-weight:600}.is-bad{color:var(--bad);font-weight:600}.is-fair{color:var(--fair);font-weight:600}
@media print{body{padding:0;max-width:none}form,.search,#answer{display:none}.scroll{overflow:visible;border:0}svg{max-width:100%;height:auto}tr,.cards li{break-inside:avoid}}`;
