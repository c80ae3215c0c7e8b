import { FeatureStage } from '../src/core/features/feature-stage'
import { FEATURE_DEFAULTS } from '../src/core/features/settings'
import { readFeatureSettings } from '../src/core/features/settings'
const rows=Number(process.argv[2]??100)
const stage=new FeatureStage(readFeatureSettings({}))
console.log(FEATURE_DEFAULTS.features)
let s=1; const r=()=>(s=(s*1103515245+12345)%2147483648)/2147483648-.5
const frames=Array.from({length:2000},(_,i)=>({channels:['ax','ay','az'],rate:200,start:i*1000,contract:['a','window 100'],data:Float32Array.from({length:rows*3},()=>r()+r()+r())}))
const ch=frames[0]!.channels; const ct=frames[0]!.contract
for(const f of frames){f.channels=ch;f.contract=ct}
console.log(stage.push(frames[0]!))
for(let rep=0;rep<6;rep++){const t=process.cpuUsage();const t0=process.hrtime.bigint();for(const f of frames)stage.push(f);const c=process.cpuUsage(t);console.log('wall',Number(process.hrtime.bigint()-t0)/1e3/2000,'cpu',(c.user+c.system)/2000,'us/window')}
