import { AxisAnalysis, SpectrumPass } from '../src/core/features/axis-analysis'
import { correlation } from '../src/core/features/kinds/correlation'
import { FEATURES } from '../src/core/features/registry'
const n=100
let s=1; const r=()=>(s=(s*1103515245+12345)%2147483648)/2147483648-.5
const W=2000
const datas=Array.from({length:W},()=>Float32Array.from({length:n*3},()=>r()+r()+r()))
const ax=[0,1,2].map(()=>new AxisAnalysis(n,true))
const sp=new SpectrumPass(ax,n)
const out=Array.from({length:50},()=>.5)
const fs=FEATURES.filter(f=>['log_rms','skewness','kurtosis','crest','bands'].includes(f.name)).map(f=>f.scope==='axis'?f.prepare({bands:8,lags:5},{rows:n}):undefined!)
function time(name:string,fn:(d:Float32Array)=>void){let best=1e9;for(let rep=0;rep<8;rep++){const t0=process.hrtime.bigint();for(let i=0;i<W;i++)fn(datas[i]!);best=Math.min(best,Number(process.hrtime.bigint()-t0)/1e3/W)}console.log(name,best.toFixed(2))}
time('load',d=>{for(let a=0;a<3;a++)ax[a]!.load(d,a,3)})
time('load+spec',d=>{for(let a=0;a<3;a++)ax[a]!.load(d,a,3);sp.run()})
time('load+mad',d=>{for(let a=0;a<3;a++){ax[a]!.load(d,a,3);out[a]=ax[a]!.medianDeviation}})
time('load+corr',d=>{for(let a=0;a<3;a++)ax[a]!.load(d,a,3);out[0]=correlation.value(ax[0]!,ax[1]!);out[1]=correlation.value(ax[0]!,ax[2]!);out[2]=correlation.value(ax[1]!,ax[2]!)})
time('load+others',d=>{for(let a=0;a<3;a++){ax[a]!.load(d,a,3);for(const f of fs)f(ax[a]!,out,0)}})
time('logs',()=>{for(let a=0;a<27;a++)out[a]=Math.log(out[a+1]!+a+1)})
